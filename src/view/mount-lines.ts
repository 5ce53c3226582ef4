/** What there is to say of a mount, as lines: for the detail pane and for `nsview mounts why|peers|simulate`. */
import { counted } from '../model/text.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { MissingAnswer, MountDifference } from '../analysis/mount-difference.js';
import { whyMissing } from '../analysis/mount-difference.js';
import type { Mount } from '../analysis/mount-model.js';
import { isHidden, mountAt, overmountOf } from '../analysis/mount-model.js';
import { lockedWarning } from '../analysis/locked-mounts.js';
import type { MountRequest, Simulation } from '../analysis/mount-simulator.js';
import { simulate } from '../analysis/mount-simulator.js';
import {
  PROPAGATION_MEANING,
  mergedOptions,
  propagationWords,
  sourceWithRoot,
} from '../analysis/mount-words.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { PeerGroup } from '../analysis/peer-groups.js';
import { peerPicture } from '../analysis/peer-groups.js';
import { clean } from './clean.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import type { MountContext } from './mount-columns.js';
import { fitText, padText } from './text-width.js';

const NAME_WIDTH = 18;
const MAX_LISTED = 40;

/** `//deleted` after the root: by unlink, or by a rename onto it (as editors save). */
const DELETED_ROOT =
  'its file or directory was deleted or replaced: what has its name now is not seen here until it is mounted again';

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

export function namespaceCell(model: Model, key: NamespaceKey): string {
  return padText(fitText(clean(namespaceName(model, key)), NAME_WIDTH), NAME_WIDTH + 1);
}

/** A pane shows the first ones; what is printed is whole, for it may go through a pipe. */
export function cut<T>({ isWhole }: MountContext, items: readonly T[], line: (item: T) => Line): Line[] {
  const shown = isWhole === true ? items : items.slice(0, MAX_LISTED);
  const lines = shown.map(line);
  if (items.length > shown.length) lines.push([span(`  and ${items.length - shown.length} more`, 'dim')]);
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
  if (mount.root.endsWith('//deleted')) lines.push(field('problem', span(DELETED_ROOT, 'warn')));
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
    lines.push(...cut(context, members, (each) => row(`g:${group} `, 'master', 'good', each, '')));
  }
  const below = ({ group, members, slaves }: PeerGroup, depth: number): void => {
    const lead = depth === 0 ? '' : `${'  '.repeat(depth)}└ `;
    const isSlave = depth > 0 || picture.masters.length > 0;
    const word = group === null ? mount.propagation : `g:${group} ${isSlave ? 'slave+shared' : 'shared'}`;
    lines.push(
      ...cut(context, members, (each) => {
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
      ...cut(context, picture.apart, (each) =>
        row('x ', each.propagation, PROPAGATION_ROLES[each.propagation], each, ''),
      ),
    );
  }
  return [...mountFacts(context, mount), [], ...lines];
}

// ---- simulation --------------------------------------------------------------------------------------------

const REACH_WORDS = { here: 'here', peer: 'peer', slave: 'slave of it' } as const;

export function simulationLines(
  context: MountContext,
  simulation: Simulation,
  request: MountRequest,
): Line[] {
  const { model, mounts } = context;
  if (!simulation.ok) {
    return [[span(`refused, ${simulation.errno}: `, 'bad'), span(clean(simulation.reason))]];
  }
  const lines: Line[] = [];
  if (simulation.appears.length > 0) {
    lines.push([span(`appears in ${counted(simulation.appears.length, 'place')}`, 'column')]);
    lines.push(
      ...cut(
        context,
        simulation.appears,
        ({ namespace, mountPoint, reach, propagation, beneath, hiddenBy }) => [
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
        ],
      ),
    );
  }
  if (simulation.vanishes.length > 0) {
    lines.push([span(`vanishes from ${counted(simulation.vanishes.length, 'place')}`, 'column')]);
    lines.push(
      ...cut(context, simulation.vanishes, ({ namespace, mountPoint, reach }) => [
        span('  - ', 'bad'),
        span(namespaceCell(model, namespace), 'strong'),
        span(clean(mountPoint)),
        span(reach === 'here' ? '' : `  ${REACH_WORDS[reach]}`, 'dim'),
      ]),
    );
  }
  const locked = lockedWarning(model, mounts, request);
  if (locked !== null) lines.push([span(clean(locked), 'warn')]);
  return lines;
}

/** What mounting below, and unmounting, would do: without being asked. */
export function forecastLines(context: MountContext, mount: Mount): Line[] {
  const ask = (operation: 'mount' | 'unmount' | 'lazy-unmount'): Line[] => {
    const request = { operation, namespace: mount.namespace, target: mount.mountPoint };
    return simulationLines(context, simulate(context.mounts, request), request);
  };
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
