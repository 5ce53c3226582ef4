/** What there is to say of a mount, as lines: for the detail pane and for `nsview mounts why|peers|simulate`. */
import { counted } from '../model/text.js';
import type { Model } from '../model/model.js';
import type { MountUserFact } from '../model/mount-users.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { containerOf, unitOf } from '../analysis/container-of.js';
import type { MissingAnswer, MountDifference } from '../analysis/mount-difference.js';
import { whyMissing } from '../analysis/mount-difference.js';
import type { MountHolders } from '../analysis/mount-holders.js';
import type { Mount } from '../analysis/mount-model.js';
import { isHidden, mountAt, overmountOf } from '../analysis/mount-model.js';
import type { Simulation } from '../analysis/mount-simulator.js';
import { simulate } from '../analysis/mount-simulator.js';
import {
  PROPAGATION_MEANING,
  mergedOptions,
  propagationWords,
  sourceWithRoot,
} from '../analysis/mount-words.js';
import { commandOf, namespaceName } from '../analysis/namespace-name.js';
import { heldBy } from '../analysis/why-alive.js';
import type { PeerGroup } from '../analysis/peer-groups.js';
import { peerPicture } from '../analysis/peer-groups.js';
import { clean } from './clean.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import type { MountContext } from './mount-columns.js';
import { fitText, padText } from './text-width.js';

const NAME_WIDTH = 18;
const MAX_LISTED = 40;

export const PROPAGATION_ROLES: Record<Mount['propagation'], Role> = {
  shared: 'good',
  slave: 'accent',
  'shared-slave': 'accent',
  private: 'dim',
  unbindable: 'warn',
};

function field(name: string, ...rest: Line): Line {
  return [span(padText(name, 12), 'dim'), ...rest];
}

function namespaceCell(model: Model, key: NamespaceKey): string {
  return padText(fitText(clean(namespaceName(model, key)), NAME_WIDTH), NAME_WIDTH + 1);
}

function cut<T>(items: readonly T[], line: (item: T) => Line): Line[] {
  const lines = items.slice(0, MAX_LISTED).map(line);
  if (items.length > MAX_LISTED) lines.push([span(`  and ${items.length - MAX_LISTED} more`, 'dim')]);
  return lines;
}

// ---- peers -------------------------------------------------------------------------------------------------

export function mountFacts({ mounts }: MountContext, mount: Mount): Line[] {
  const table = mounts.tables.get(mount.namespace)!;
  const lines = [
    field('mount point', span(clean(mount.mountPoint), 'strong'), span(`  id ${mount.mountId}`, 'dim')),
    field(
      'filesystem',
      span(clean(`${mount.filesystemType} ${sourceWithRoot(mount)}`)),
      span(`  device ${mount.device}`, 'dim'),
    ),
    field('options', span(clean(mergedOptions(mount)))),
    field(
      'propagation',
      span(propagationWords(mount), PROPAGATION_ROLES[mount.propagation]),
      span(`  ${PROPAGATION_MEANING[mount.propagation]}`, 'dim'),
    ),
  ];
  if (mount.propagateFrom !== null)
    lines.push(field('', span(`its master is out of sight; nearest in sight: g:${mount.propagateFrom}`)));
  const over =
    overmountOf(table, mount) ?? (isHidden(table, mount) ? mountAt(table, mount.mountPoint) : null);
  if (over) {
    lines.push(
      field(
        'hidden by',
        span(clean(`${over.filesystemType} ${sourceWithRoot(over)} on ${over.mountPoint}`), 'warn'),
      ),
    );
  }
  if (mount.root.endsWith('//deleted'))
    lines.push(field('problem', span('its directory was deleted', 'warn')));
  return lines;
}

/** The peer group, what is above and below it, and copies that get nothing. */
export function peerLines(context: MountContext, mount: Mount): Line[] {
  const { model, mounts } = context;
  const picture = peerPicture(mounts, mount);
  const lines: Line[] = [];
  const row = (lead: string, word: string, role: Role, each: Mount, note: string): Line => [
    span(padText(lead + word, 18), role),
    span(namespaceCell(model, each.namespace), 'strong'),
    span(clean(each.mountPoint)),
    span(each.mountId === mount.mountId ? '  <- this one' : '', 'accent'),
    span(note === '' ? '' : `  ${note}`, 'dim'),
  ];
  for (const { group, members } of [...picture.masters].reverse()) {
    if (members.length === 0) {
      lines.push([
        span(padText(`g:${group} master`, 18), 'good'),
        span('its members are out of sight', 'warn'),
      ]);
    }
    lines.push(...cut(members, (each) => row(`g:${group} `, 'master', 'good', each, '')));
  }
  const below = ({ group, members, slaves }: PeerGroup, depth: number): void => {
    const lead = depth === 0 ? '' : `${'  '.repeat(depth)}└ `;
    const isSlave = depth > 0 || picture.masters.length > 0;
    const word = group === null ? mount.propagation : `g:${group} ${isSlave ? 'slave+shared' : 'shared'}`;
    lines.push(
      ...cut(members, (each) => {
        const own = group === null && depth > 0 ? 'slave' : word;
        const note = depth === 0 ? '' : 'receives';
        return row(lead, own, PROPAGATION_ROLES[each.propagation], each, note);
      }),
    );
    for (const slave of slaves) below(slave, depth + 1);
  };
  below(picture.group, 0);
  if (picture.apart.length > 0) {
    lines.push([], [span('the same directory, mounted without receiving from here', 'column')]);
    lines.push(
      ...cut(picture.apart, (each) =>
        row('x ', each.propagation, PROPAGATION_ROLES[each.propagation], each, ''),
      ),
    );
  }
  return [...mountFacts(context, mount), [], ...lines];
}

// ---- simulation --------------------------------------------------------------------------------------------

const REACH_WORDS = { here: 'here', peer: 'peer', slave: 'slave of it' } as const;

export function simulationLines({ model }: MountContext, simulation: Simulation): Line[] {
  if (!simulation.ok) {
    return [[span(`refused, ${simulation.errno}: `, 'bad'), span(clean(simulation.reason))]];
  }
  const lines: Line[] = [];
  if (simulation.appears.length > 0) {
    lines.push([span(`appears in ${counted(simulation.appears.length, 'place')}`, 'column')]);
    lines.push(
      ...cut(simulation.appears, ({ namespace, mountPoint, reach, propagation, beneath, hiddenBy }) => [
        span('  + ', 'good'),
        span(namespaceCell(model, namespace), 'strong'),
        span(clean(mountPoint)),
        span(`  ${propagation}`, PROPAGATION_ROLES[propagation]),
        span(reach === 'here' ? '' : `  ${REACH_WORDS[reach]}`, 'dim'),
        span(beneath ? clean(`  beneath ${sourceWithRoot(beneath)}, which stays on top`) : '', 'warn'),
        span(
          hiddenBy ? clean(`  hidden there by ${sourceWithRoot(hiddenBy)} on ${hiddenBy.mountPoint}`) : '',
          'warn',
        ),
      ]),
    );
  }
  if (simulation.vanishes.length > 0) {
    lines.push([span(`vanishes from ${counted(simulation.vanishes.length, 'place')}`, 'column')]);
    lines.push(
      ...cut(simulation.vanishes, ({ namespace, mountPoint, reach }) => [
        span('  - ', 'bad'),
        span(namespaceCell(model, namespace), 'strong'),
        span(clean(mountPoint)),
        span(reach === 'here' ? '' : `  ${REACH_WORDS[reach]}`, 'dim'),
      ]),
    );
  }
  return lines;
}

/** What mounting below, and unmounting, would do: without being asked. */
export function forecastLines(context: MountContext, mount: Mount): Line[] {
  const ask = (operation: 'mount' | 'unmount' | 'lazy-unmount'): Line[] =>
    simulationLines(
      context,
      simulate(context.mounts, { operation, namespace: mount.namespace, target: mount.mountPoint }),
    );
  return [
    [span('a mount made here', 'strong')],
    ...ask('mount'),
    [],
    [span('unmounting it', 'strong')],
    ...ask('unmount'),
    [],
    [span('unmounting it lazily, with all below', 'strong')],
    ...ask('lazy-unmount'),
  ];
}

// ---- who keeps it ------------------------------------------------------------------------------------------

const USE_WORDS: Record<MountUserFact['use'], string> = {
  cwd: 'working directory',
  root: 'root directory',
  exe: 'executable',
  fd: 'open file',
  map: 'mapped file',
  loop: 'loop device',
  swap: 'swap file',
};

function ownerWords(model: Model, pid: number): string {
  const process = model.processes.get(pid);
  const container = containerOf(model, process);
  const place = container ? `${container.engine} ${container.name}` : (unitOf(process) ?? '');
  return clean(`${pid} ${process?.details?.comm ?? commandOf(process)}${place === '' ? '' : ` (${place})`}`);
}

/** One line for each process, with all its uses; loop devices and swap have one each. */
function userLines(model: Model, users: readonly MountUserFact[]): Line[] {
  const groups = new Map<string, MountUserFact[]>();
  for (const user of users) {
    const who = 'pid' in user ? `pid ${user.pid}` : user.use === 'loop' ? user.name : user.path;
    groups.set(who, [...(groups.get(who) ?? []), user]);
  }
  return cut([...groups.values()], (group) => {
    const [first] = group;
    const who =
      first && 'pid' in first ? ownerWords(model, first.pid) : first?.use === 'loop' ? first.name : '';
    const telling = group.find(({ use }) => use !== 'root' && use !== 'cwd') ?? first;
    return [
      span(`  ${clean(who)}  `, 'strong'),
      span(useWords(group), 'accent'),
      span(clean(`  ${telling?.path ?? ''}`), 'dim'),
    ];
  });
}

/** Who keeps a mount namespace: its first process with container or unit, or what else holds it. */
function keeperWords(model: Model, key: NamespaceKey): string {
  const node = model.namespaces.get(key);
  if (!node) return '';
  const [process] = node.processes;
  return process ? `pid ${ownerWords(model, process.pid)}` : `no process, held by ${heldBy(node)}`;
}

function useWords(group: readonly MountUserFact[]): string {
  const counts = new Map<string, number>();
  for (const { use } of group) counts.set(USE_WORDS[use], (counts.get(USE_WORDS[use]) ?? 0) + 1);
  return [...counts].map(([word, count]) => (count === 1 ? word : `${count} ${word}s`)).join(', ');
}

export function holderLines(context: MountContext, holders: MountHolders): Line[] {
  const { model } = context;
  const { nested, users, otherUsers, otherMounts, unmount, unreadable } = holders;
  const lines: Line[] = [verdictLine(holders)];
  if (nested.length > 0) {
    lines.push([], [span(`${counted(nested.length, 'mount')} on it`, 'column')]);
    lines.push(
      ...cut(nested, (each) => [
        span('  '),
        span(clean(each.mountPoint)),
        span(clean(`  ${each.filesystemType}`), 'dim'),
      ]),
    );
  }
  if (users.length > 0) {
    lines.push([], [span('in use through this mount', 'column')]);
    lines.push(...userLines(model, users));
  }
  if (otherMounts.size > 0) {
    lines.push([], [span('the filesystem is also mounted', 'column')]);
    const rest = [...otherMounts.values()].flat();
    lines.push(
      ...cut(rest, (each) => [
        span(`  ${namespaceCell(model, each.namespace)}`, 'strong'),
        span(clean(each.mountPoint)),
        span(`  ${keeperWords(model, each.namespace)}`, 'dim'),
        span(unmount.remaining.includes(each) ? '' : '  goes with it', 'good'),
      ]),
    );
  }
  if (otherUsers.length > 0) {
    lines.push([], [span('the filesystem is also in use', 'column')]);
    lines.push(...userLines(model, otherUsers));
  }
  if (unreadable > 0) {
    lines.push(
      [],
      [
        span(
          `? ${unreadable === 1 ? '1 process' : `${unreadable} processes`} could not be looked at: run as root`,
          'warn',
        ),
      ],
    );
  }
  return lines;
}

function verdictLine({ unmount }: MountHolders): Line {
  if (unmount.busy !== null) return [span('unmount fails: ', 'bad'), span(clean(unmount.busy))];
  if (unmount.frees)
    return [span('unmount works', 'good'), span(', and nothing else keeps the filesystem: it is freed')];
  const rest = unmount.remaining.length;
  return [
    span('unmount works', 'good'),
    span(', but the filesystem stays in use: '),
    span(rest > 0 ? `${counted(rest, 'mount')} of it stay` : 'files of it are open', 'warn'),
  ];
}

// ---- two namespaces ----------------------------------------------------------------------------------------

function briefly(mount: Mount | null): string {
  return mount ? clean(`${mount.filesystemType} ${sourceWithRoot(mount)}`) : 'nothing';
}

export function differenceLines(differences: readonly MountDifference[]): Line[] {
  if (differences.length === 0) return [[span('no difference', 'good')]];
  return differences.map(({ mountPoint, a, b, differs }) => {
    const mark = b === null ? '-' : a === null ? '+' : '~';
    const role: Role = b === null ? 'bad' : a === null ? 'good' : 'warn';
    const line = [span(`${mark} `, role), span(`${clean(mountPoint)}  `, 'strong')];
    if (!a || !b) return [...line, span(briefly(a ?? b), 'dim')];
    const words = differs.map((what) => differenceWords(what, a, b)).join(', ');
    return [...line, span(words, 'dim')];
  });
}

function differenceWords(what: MountDifference['differs'][number], a: Mount, b: Mount): string {
  switch (what) {
    case 'source':
      return `${briefly(a)} → ${briefly(b)}`;
    case 'fstype':
      return `type ${a.filesystemType} → ${b.filesystemType}`;
    case 'options':
      return `${a.mountOptions} → ${b.mountOptions}`;
    case 'propagation':
      return `${a.propagation} → ${b.propagation}`;
  }
}

/** One mount in every other mount namespace: where it is, or why it is not there. */
export function elsewhereLines({ model, mounts }: MountContext, mount: Mount): Line[] {
  return [...mounts.tables.keys()]
    .filter((key) => key !== mount.namespace)
    .flatMap((key): Line[] => {
      const { verdict, sentence, remedy } = whyMissing(mounts, mount, key);
      const head = span(namespaceCell(model, key), 'strong');
      if (verdict === 'present') return [[head, span('+ ', 'good'), span(clean(sentence))]];
      const lines: Line[] = [
        [head, span('- ', 'bad'), span(verdict, 'warn')],
        [span(`    ${clean(sentence)}`)],
      ];
      if (remedy !== null) lines.push([span(`    what helps: ${clean(remedy)}`, 'dim')]);
      return lines;
    });
}

export function missingLines({ sentence, remedy, verdict }: MissingAnswer): Line[] {
  const role: Role = verdict === 'present' ? 'good' : 'warn';
  return [
    [span(clean(sentence), role)],
    ...(remedy === null ? [] : [field('what helps', span(clean(remedy)))]),
  ];
}
