/** The topology as a picture: each network namespace a box, its interfaces in it, what they are tied to beside. */
import type { NamespaceKey } from '../model/snapshot.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Link } from '../analysis/network-model.js';
import { isLoopback, isPeerKind } from '../analysis/network-model.js';
import { clean } from './clean.js';
import type { Line, Span } from './line.js';
import { span } from './line.js';
import type { NetworkContext } from './network-words.js';
import { birthLabel, ownAddressWords, farEndLabel, linkKind, linkState } from './network-words.js';
import { fitText, padText, textWidth } from './text-width.js';

export interface PictureGlyphs {
  corners: readonly [string, string, string, string];
  horizontal: string;
  vertical: string;
  /** From an interface out of its box. */
  wire: string;
}

export const UNICODE_PICTURE: PictureGlyphs = {
  corners: ['┌', '┐', '└', '┘'],
  horizontal: '─',
  vertical: '│',
  wire: '├──',
};
export const ASCII_PICTURE: PictureGlyphs = {
  corners: ['+', '+', '+', '+'],
  horizontal: '-',
  vertical: '|',
  wire: '+--',
};

const MAX_BOX = 56;

/** Ports under their bridge, what stands on a link under that; the loopback last. */
function ordered(context: NetworkContext, key: NamespaceKey): { link: Link; depth: number }[] {
  const { network } = context;
  const links = network.tables.get(key)?.links ?? [];
  const below = (link: Link): Link[] => [
    ...network.ports(link),
    ...network.uppers(link).filter(({ namespace, fact }) => namespace === key && fact.master === null),
  ];
  const placed = new Set<Link>();
  const result: { link: Link; depth: number }[] = [];
  const place = (link: Link, depth: number): void => {
    if (placed.has(link)) return;
    placed.add(link);
    result.push({ link, depth });
    for (const each of below(link)) place(each, depth + 1);
  };
  const isChild = new Set(links.flatMap(below));
  const tops = links.filter((link) => !isChild.has(link));
  tops.sort((a, b) => Number(isLoopback(a.fact)) - Number(isLoopback(b.fact)));
  for (const link of [...tops, ...links]) place(link, 0);
  return result;
}

function wireText(context: NetworkContext, link: Link): string {
  const far = context.network.farEnd(link);
  const birth = far ? null : birthLabel(context, link);
  if (!far) return birth === null ? '' : `born in ${birth}`;
  if (!isPeerKind(link.fact) && far.links[0]?.namespace === link.namespace) return '';
  const [other] = far.links;
  const master = other && far.certainty !== 'ambiguous' ? context.network.master(other) : null;
  const label = farEndLabel(context.model, link.namespace, far);
  return `${isPeerKind(link.fact) ? '' : 'on '}${label}${master ? ` (port of ${master.fact.name})` : ''}`;
}

function boxLines(context: NetworkContext, key: NamespaceKey, glyphs: PictureGlyphs): Line[] {
  const { model } = context;
  const rows = ordered(context, key).map(({ link, depth }) => {
    const name = `${'  '.repeat(depth)}${link.fact.name}`;
    const facts = [linkKind(link.fact), ownAddressWords(link)].filter(Boolean).join(' ');
    return { link, name: clean(name), facts: clean(facts), wire: clean(wireText(context, link)) };
  });
  const title = clean(namespaceName(model, key));
  const nameWidth = Math.max(4, ...rows.map(({ name }) => textWidth(name)));
  const content = Math.max(0, ...rows.map(({ facts }) => nameWidth + 1 + textWidth(facts)));
  const inner = Math.min(MAX_BOX, Math.max(textWidth(title) + 4, content + 2));
  const [topLeft, topRight, bottomLeft, bottomRight] = glyphs.corners;
  const bar = (width: number): string => glyphs.horizontal.repeat(Math.max(0, width));
  const border = (text: string): Span => span(text, 'border');
  return [
    [
      border(`${topLeft}${glyphs.horizontal} `),
      span(fitText(title, inner - 3), 'net'),
      border(` ${bar(inner - 3 - textWidth(fitText(title, inner - 3)))}${topRight}`),
    ],
    ...rows.map(({ link, name, facts, wire }): Line => {
      const { role } = linkState(link.fact);
      const space = inner - 1 - nameWidth - 1;
      return [
        border(`${glyphs.vertical} `),
        span(padText(name, nameWidth), role === 'good' ? 'strong' : role),
        span(` ${padText(fitText(facts, Math.max(1, space)), space)}`, 'dim'),
        border(wire === '' ? glyphs.vertical : glyphs.wire),
        span(wire === '' ? '' : ` ${wire}`, 'accent'),
      ];
    }),
    [border(`${bottomLeft}${bar(inner)}${bottomRight}`)],
  ];
}

/** All namespaces that hold more than a loopback, tied ones next to each other. */
export function pictureLines(
  context: NetworkContext,
  keys: readonly NamespaceKey[],
  glyphs: PictureGlyphs,
): Line[] {
  const lines = keys.flatMap((key, at) => [...(at > 0 ? [[]] : []), ...boxLines(context, key, glyphs)]);
  return lines.length > 0 ? lines : [[span('no network namespace could be read', 'warn')]];
}

/** The namespace itself and those that its interfaces are tied to. */
export function neighbourhood({ network }: NetworkContext, key: NamespaceKey): NamespaceKey[] {
  const near = new Set<NamespaceKey>([key]);
  for (const link of network.tables.get(key)?.links ?? []) {
    // A picture may show what is only likely: it has its question mark.
    const far = network.farEnd(link);
    if (far && far.certainty !== 'ambiguous') for (const each of far.links) near.add(each.namespace);
    for (const upper of network.uppers(link)) near.add(upper.namespace);
  }
  return [...near];
}

// ---- Graphviz ------------------------------------------------------------------------------------------------

function quoted(text: string): string {
  return `"${clean(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The topology in the DOT language of Graphviz: a cluster for each namespace, an edge for each tie. */
export function dotText(context: NetworkContext, keys: readonly NamespaceKey[]): string {
  const { model, network } = context;
  const wanted = new Set(keys);
  const node = ({ namespace, fact }: Link): string => quoted(`${namespace}/${fact.ifindex}`);
  const lines = [
    'graph network {',
    '  graph [rankdir=LR, compound=true];',
    '  node [shape=box, fontname=monospace];',
  ];
  const edges = new Set<string>();
  for (const key of keys) {
    lines.push(`  subgraph ${quoted(`cluster_${key}`)} {`, `    label=${quoted(namespaceName(model, key))};`);
    for (const link of network.tables.get(key)?.links ?? []) {
      const { word } = linkState(link.fact);
      const label = [link.fact.name, linkKind(link.fact), ownAddressWords(link), word === 'UP' ? '' : word];
      lines.push(`    ${node(link)} [label=${quoted(label.filter(Boolean).join(' '))}];`);
      const master = network.master(link);
      if (master) edges.add(`  ${node(link)} -- ${node(master)} [style=bold];`);
      const far = network.farEnd(link);
      for (const other of far?.links ?? []) {
        if (!wanted.has(other.namespace)) continue;
        const [a, b] = isPeerKind(link.fact) ? [node(link), node(other)].sort() : [node(link), node(other)];
        const style = far!.certainty === 'same' || far!.certainty === 'known' ? '' : ' [style=dashed]';
        edges.add(`  ${a} -- ${b}${style};`);
      }
    }
    lines.push('  }');
  }
  return `${[...lines, ...edges, '}'].join('\n')}\n`;
}
