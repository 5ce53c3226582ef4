/** Tabs of the detail pane for a mount. */
import { counted } from '../model/text.js';
import type { MountUsers } from '../model/mount-users.js';
import { mountHolders } from '../analysis/mount-holders.js';
import type { Mount, MountTable } from '../analysis/mount-model.js';
import { isHidden } from '../analysis/mount-model.js';
import type { MountRequest } from '../analysis/mount-simulator.js';
import { simulate } from '../analysis/mount-simulator.js';
import { mtabDifferences } from '../analysis/mtab-difference.js';
import { clean } from './clean.js';
import { jsonLines } from './json-lines.js';
import type { Line } from './line.js';
import { span } from './line.js';
import type { MountContext } from './mount-columns.js';
import { holderLines } from './mount-holder-lines.js';
import { forecastLines, peerLines, simulationLines } from './mount-lines.js';

/** What was asked besides the mount itself. */
export interface MountQuestions {
  /** Of the mount's filesystem; null: not known (yet). */
  users: MountUsers | null;
  /** Why they are not known. */
  usersNote: string;
  /** The operation that `p` asked about. */
  request: MountRequest | null;
}

export interface MountTab {
  name: string;
  lines: (context: MountContext, mount: Mount, questions: MountQuestions) => Line[];
}

function heldBy(context: MountContext, mount: Mount, { users, usersNote }: MountQuestions): Line[] {
  const lines = holderLines(context, mountHolders(context.mounts, mount, users, context.model));
  return users ? lines : [[span(usersNote, 'warn')], ...lines];
}

const UNCHECKED = 'Whether the paths exist was not checked, and symbolic links were not followed.';

/** The topmost mount at its path or above it that it does not stand on. */
function coverOf({ mounts, byId }: MountTable, mount: Mount): Mount | undefined {
  const below = new Set<number>();
  for (let at: Mount | undefined = mount; at && !below.has(at.mountId); at = byId.get(at.parentMountId))
    below.add(at.mountId);
  return mounts.findLast(
    ({ mountId, mountPoint }) =>
      !below.has(mountId) &&
      (mountPoint === mount.mountPoint || mount.mountPoint.startsWith(`${mountPoint}/`)),
  );
}

/** By its path a mount is not reached that another one lies over. */
function hiddenLines({ mounts }: MountContext, mount: Mount): Line[] | null {
  const table = mounts.tables.get(mount.namespace);
  if (!table || !isHidden(table, mount)) return null;
  const cover = coverOf(table, mount);
  const by = cover ? `${cover.filesystemType} on ${cover.mountPoint}` : 'another mount';
  return [
    [span(clean(`hidden by ${by}: at ${mount.mountPoint} that mount is reached, not this one`), 'warn')],
    [span('what would be made or unmounted at this path says nothing of this mount;', 'dim')],
    [span('unmount what hides it first', 'dim')],
  ];
}

function whatIf(context: MountContext, mount: Mount, { request }: MountQuestions): Line[] {
  const hidden = hiddenLines(context, mount);
  if (hidden && (!request || request.namespace !== mount.namespace)) return hidden;
  if (!request || request.namespace !== mount.namespace) return forecastLines(context, mount);
  const { operation, source, target } = request;
  return [
    [span(clean(['if you', operation, source, target].filter(Boolean).join(' ')), 'strong')],
    ...simulationLines(context, simulate(context.mounts, request), request),
    [span(UNCHECKED, 'dim')],
    [],
    ...(hidden ?? forecastLines(context, mount)),
  ];
}

function raw({ mounts }: MountContext, mount: Mount): Line[] {
  const table = mounts.tables.get(mount.namespace)!;
  const { readBy, pid, partialRoot } = table.fact;
  const facts = { ...mount, seenIn: mounts.seenIn(mount), readBy, pid, partialRoot };
  return jsonLines(facts);
}

export const MOUNT_TABS: readonly MountTab[] = [
  { name: 'Peers', lines: peerLines },
  { name: 'What if', lines: whatIf },
  { name: 'Held by', lines: heldBy },
  { name: 'Raw', lines: raw },
];

/** What is wrong with a table as a whole. */
export function tableProblems({ mounts }: MountContext, key: Mount['namespace']): string[] {
  const table = mounts.tables.get(key);
  if (!table) return ['its mounts could not be read'];
  const problems: string[] = [];
  if (table.fact.partialRoot !== undefined) {
    problems.push(`only what lies below ${table.fact.partialRoot} is known: its processes are in a chroot`);
  }
  const differences = mtabDifferences(table);
  if (differences && differences.length > 0) {
    problems.push(
      `/etc/mtab is a file and differs from the kernel in ${counted(differences.length, 'mount')} (nsview mounts --mtab)`,
    );
  }
  return problems;
}
