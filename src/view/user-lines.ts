/** Maps of a user namespace and ids through its levels, as lines: detail pane and `nsview id`. */
import type { Model } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { IdKind, IdLevel } from '../analysis/id-translation.js';
import { NO_ID, OVERFLOW_ID, ancestorsOf, levelOf, mapToParent } from '../analysis/id-translation.js';
import { namespaceName, userName } from '../analysis/namespace-name.js';
import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { namespaceLabel } from './reason-lines.js';
import { padText } from './text-width.js';

const RANGE_WIDTH = 18;

function range(start: number, length: number): string {
  if (start === NO_ID) return 'no id';
  return length === 1 ? String(start) : `${start} … ${start + length - 1}`;
}

function extentLines(model: Model, key: NamespaceKey, kind: IdKind): Line[] {
  const maps = model.snapshot.userMaps?.find((each) => each.key === key);
  const own = maps && (kind === 'uid' ? maps.uidMap : maps.gidMap);
  const head: Line = [span(kind === 'uid' ? 'user ids' : 'group ids', 'title')];
  if (!own) return [head, [span('  not known: it has no member whose map could be read', 'warn')]];
  if (own.length === 0) {
    return [head, [span(`  nothing is mapped: every id is ${OVERFLOW_ID} there`, 'warn')]];
  }
  const toParent = mapToParent(model, key, kind) ?? [];
  const parentOf = (inside: number): string => {
    const found = toParent.find(
      (extent) => extent.inside <= inside && inside < extent.inside + extent.length,
    );
    return found ? range(found.outside + inside - found.inside, Math.min(found.length, 1)) : '-';
  };
  return [
    head,
    [span(`  ${padText('inside', RANGE_WIDTH)}${padText('from, in parent', RANGE_WIDTH)}to you`, 'column')],
    ...own.map(({ inside, outside, length }): Line => [
      span(`  ${padText(range(inside, length), RANGE_WIDTH)}`),
      span(padText(parentOf(inside), RANGE_WIDTH), 'dim'),
      span(range(outside, length), outside === NO_ID ? 'warn' : 'accent'),
    ]),
  ];
}

export function mapLines(model: Model, key: NamespaceKey): Line[] {
  const chain = ancestorsOf(model, key);
  const level = levelOf(model, key);
  const maps = model.snapshot.userMaps?.find((each) => each.key === key);
  const lines: Line[] = [
    [
      span(padText('nesting', 12), 'dim'),
      span(
        clean(
          [...chain]
            .reverse()
            .map((each) => namespaceName(model, each))
            .join(' > '),
        ),
      ),
      span(level === null ? '  not all levels are in sight' : `  level ${level} of 32`, 'dim'),
    ],
  ];
  if (maps?.setgroups === 'deny') {
    lines.push([
      span(padText('setgroups', 12), 'dim'),
      span('denied: a process inside cannot drop a group that refuses it something', 'warn'),
    ]);
  }
  return [
    ...lines,
    ...extentLines(model, key, 'uid'),
    ...extentLines(model, key, 'gid'),
    [span(`an id without a mapping is shown as ${OVERFLOW_ID}, and cannot be given to a file`, 'dim')],
  ];
}

export function ownedLines(model: Model, key: NamespaceKey): Line[] {
  const owns = model.namespaces.get(key)?.owns ?? [];
  const lines: Line[] = NAMESPACE_KINDS.flatMap((kind) =>
    owns
      .filter((each) => each.startsWith(`${kind}:`))
      .map((each): Line => [span(padText(kind, 8), kind), span(namespaceLabel(model, each))]),
  );
  return lines.length > 0 ? lines : [[span('it owns no other namespace', 'dim')]];
}

/** An id in each of some namespaces. */
export function idLines(model: Model, kind: IdKind, levels: readonly IdLevel[]): Line[] {
  return levels.map(({ namespace, id }): Line => {
    const isHost = namespace === model.host.user;
    const name = isHost && typeof id === 'number' && kind === 'uid' ? userName(model, id) : '';
    const value =
      id === undefined
        ? span('not known', 'warn')
        : id === null
          ? span(`not mapped: shown as ${OVERFLOW_ID}`, 'warn')
          : span(String(id), 'strong');
    return [
      span(padText(clean(namespaceName(model, namespace)), 24), isHost ? 'text' : 'user'),
      span(padText(namespace, 20), 'dim'),
      value,
      span(name === '' || name === String(id) ? '' : `  ${clean(name)}`, 'dim'),
    ];
  });
}
