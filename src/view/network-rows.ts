/** View 3: network namespaces, and in each its interfaces. */
import type { Model } from '../model/model.js';
import type { NamespaceKey, NetnsNameFact } from '../model/snapshot.js';
import { rateOf } from '../analysis/link-rates.js';
import { movabilityOf } from '../analysis/movability.js';
import type { NameElsewhere } from '../analysis/netns-names.js';
import { namesElsewhere } from '../analysis/netns-names.js';
import { hostFirst, namespaceName } from '../analysis/namespace-name.js';
import type { Link, NetworkModel } from '../analysis/network-model.js';
import { problemsOf } from '../analysis/problems.js';
import { heldBy } from '../analysis/why-alive.js';
import { clean } from './clean.js';
import type { Role } from './line.js';
import { span } from './line.js';
import type { NetworkContext } from './network-words.js';
import { byteWords, counted, linkKind, linkState, ownAddressWords, tieWords } from './network-words.js';
import type { RowColumn } from './row-columns.js';
import { shortInode } from './row-columns.js';
import type { RowNode } from './row-node.js';
import { NO_CHILDREN, once } from './row-node.js';
import { namespaceIdentity } from './row-trees.js';

export function linkRowIdAt(namespace: NamespaceKey, ifindex: number): string {
  return `l${namespace}/${ifindex}`;
}

export function linkRowId({ namespace, fact }: Link): string {
  return linkRowIdAt(namespace, fact.ifindex);
}

/** Kinds whose hardware address follows that of their ports. */
const BORROWED_ADDRESS: ReadonlySet<string> = new Set(['bridge', 'bond', 'team']);

/** An index can be given again by hand: then kind or hardware address differ, or the namespace is another. */
export function linkIdentity(model: Model, { namespace, fact }: Link): string {
  const address = BORROWED_ADDRESS.has(fact.kind ?? '') ? '' : fact.address;
  const of = namespaceIdentity(model.namespaces.get(namespace)?.fact) ?? '';
  return `${of} ${fact.kind ?? ''} ${address}`;
}

export function networkNamespaceRowId(key: NamespaceKey): string {
  return `N${key}`;
}

/** Host first, then by name. */
export function networkRows(model: Model, network: NetworkModel): RowNode[] {
  const keys = [...model.namespaces.values()].flatMap(({ fact }) => (fact.kind === 'net' ? [fact.key] : []));
  const named = hostFirst(model, keys, model.host.net);
  const elsewhere = namesElsewhere(model);
  const broken = (model.snapshot.netnsNames ?? []).filter(({ key }) => key === null);
  return [
    ...named.map(({ key, name, isHost }) =>
      namespaceRow({ model, network }, key, name, isHost, elsewhereWords(elsewhere, key)),
    ),
    // Those that lead to a namespace from elsewhere are told in its row.
    ...broken.filter(({ name }) => !elsewhere.has(name)).map(brokenNameRow),
  ];
}

function elsewhereWords(elsewhere: ReadonlyMap<string, NameElsewhere>, key: NamespaceKey): string[] {
  return [...elsewhere].flatMap(([name, found]) =>
    found.key === key ? [`the name ${name} leads to it only in ${found.words}`] : [],
  );
}

/** All interfaces without their namespaces' rows: to be sorted by a column. */
export function flatLinks(model: Model, network: NetworkModel): RowNode[] {
  const context = { model, network };
  return [...network.tables.values()].flatMap(({ fact, links }) =>
    links.map((link) => ({
      ...linkRow(context, link, fact.key === model.host.net),
      title: clean(`${namespaceName(model, fact.key)}:${link.fact.name}`),
    })),
  );
}

/** A file under /run/netns that leads nowhere: `ip netns` lists it, and cannot enter it. */
function brokenNameRow({ name, path, reason }: NetnsNameFact): RowNode {
  return {
    rowId: `n${name}`,
    rowKind: 'note',
    title: clean(name),
    role: 'warn',
    held: 'broken',
    brokenName: name,
    note: clean(`${reason ?? ''}: ${path}`),
    isProblem: true,
    expanded: false,
    children: NO_CHILDREN,
    hasChildren: false,
    ofHost: false,
  };
}

function namespaceRow(
  context: NetworkContext,
  key: NamespaceKey,
  name: string,
  isHost: boolean,
  names: readonly string[],
): RowNode {
  const { model, network } = context;
  const table = network.tables.get(key);
  const node = model.namespaces.get(key);
  const process = node?.processes[0];
  const problems = [...names, ...problemsOf(model, key).map(({ sentence }) => sentence)];
  const who = process && !isHost ? `${process.pid} ${process.details?.comm ?? ''}` : '';
  const count = table ? counted(table.links.length, 'interface') : 'not readable (yet)';
  return {
    rowId: networkNamespaceRowId(key),
    identity: namespaceIdentity(node?.fact),
    rowKind: 'namespace',
    title: clean(name),
    role: isHost ? 'strong' : 'net',
    key,
    process,
    held: node ? heldBy(node) : '',
    note: clean([count, who, ...problems].filter(Boolean).join('; ')),
    isProblem: problems.length > 0,
    expanded: true,
    children: table ? once(() => table.links.map((link) => linkRow(context, link, isHost))) : NO_CHILDREN,
    hasChildren: table !== undefined && table.links.length > 0,
    ofHost: isHost,
  };
}

function linkRow(context: NetworkContext, link: Link, isHost: boolean): RowNode {
  const { certainty } = context.network.farEnd(link) ?? { certainty: 'known' };
  return {
    rowId: linkRowId(link),
    identity: linkIdentity(context.model, link),
    rowKind: 'link',
    title: clean(link.fact.name),
    role: 'text',
    link,
    held: '',
    isProblem: linkState(link.fact).word === 'NOCARR' || certainty === 'ambiguous',
    expanded: false,
    children: NO_CHILDREN,
    hasChildren: false,
    ofHost: isHost,
  };
}

function inodeEnd(key: NamespaceKey): string {
  return shortInode(key.slice(key.indexOf('[') + 1, -1));
}

/** Who is at the other end is looked for in all tables, so the columns are made for a model. */
export function networkColumns(model: Model | null, network: NetworkModel): readonly RowColumn[] {
  const cell = (text: (link: Link) => string, role: (link: Link) => Role): RowColumn['cell'] => {
    return (_, { link }) => (link ? span(clean(text(link)), role(link)) : span(''));
  };
  const rate = (direction: 'rxBytesPerSecond' | 'txBytesPerSecond') => (link: Link) => {
    const table = network.tables.get(link.namespace);
    return (table && rateOf(table.fact, link.fact.ifindex)?.[direction]) ?? 0;
  };
  const rateColumn = (
    name: string,
    direction: 'rxBytesPerSecond' | 'txBytesPerSecond',
    words: string,
  ): RowColumn => ({
    name,
    width: 6,
    expendable: 2,
    align: 'right',
    help: `bytes ${words} in a second`,
    cell: cell(
      (link) => (rate(direction)(link) > 0 ? byteWords(rate(direction)(link)) : '-'),
      (link) => (rate(direction)(link) > 0 ? 'accent' : 'dim'),
    ),
    sortKey: (_, { link }) => (link ? rate(direction)(link) : 0),
  });
  const ties = (link: Link): string => (model ? tieWords({ model, network }, link) : '');
  return [
    {
      name: 'NETNS / IFACE',
      width: 18,
      maximumWidth: 26,
      align: 'left',
      help: 'network namespaces, and in each its interfaces',
      cell: (_, { title, role }) => span(title, role),
      sortKey: (_, { title }) => title,
    },
    {
      name: 'KIND',
      width: 8,
      maximumWidth: 9,
      expendable: 1,
      align: 'left',
      help: 'kind of the interface, as in ip link add type KIND; of a namespace the end of its inode',
      cell: (_, { link, key }) => span(link ? clean(linkKind(link.fact)) : key ? inodeEnd(key) : '', 'dim'),
      sortKey: (_, { link }) => (link ? linkKind(link.fact) : ''),
    },
    {
      name: 'STATE',
      width: 6,
      align: 'left',
      help: 'UP, DOWN, or NOCARR: up without a carrier; of a namespace what holds it',
      cell: (_, { link, held }) =>
        link ? span(linkState(link.fact).word, linkState(link.fact).role) : span(held, 'dim'),
      sortKey: (_, { link }) => (link ? linkState(link.fact).word : ''),
    },
    {
      name: 'MOVE',
      width: 4,
      align: 'left',
      help: 'M: may be moved to another namespace, L: netns-local, may not',
      cell: (_, { link }) => {
        if (!link) return span('');
        return movabilityOf(link.fact).answer === 'movable' ? span('M', 'good') : span('L', 'warn');
      },
      sortKey: (_, { link }) => (link ? movabilityOf(link.fact).answer : ''),
    },
    {
      name: 'ADDRESS',
      width: 15,
      maximumWidth: 34,
      align: 'left',
      help: 'addresses with their prefix length, IPv4 first; link-local ones are in the details',
      cell: cell(ownAddressWords, () => 'text'),
      sortKey: (_, { link }) => (link ? ownAddressWords(link) : ''),
    },
    rateColumn('RX/S', 'rxBytesPerSecond', 'received'),
    rateColumn('TX/S', 'txBytesPerSecond', 'sent'),
    {
      name: 'PEER / MASTER',
      width: 0,
      leastWidth: 22,
      align: 'left',
      help: 'namespace:interface at the other end; on what it stands; the bridge that it is a port of',
      cell: (_, { link, note, isProblem }) => {
        if (!link) return span(note ?? '', isProblem === true ? 'warn' : 'dim');
        const far = network.farEnd(link);
        const isSure = !far || far.certainty === 'same' || far.certainty === 'known';
        return span(clean(ties(link)), isSure ? 'accent' : 'warn');
      },
      sortKey: (_, { link }) => (link ? ties(link) : ''),
    },
  ];
}
