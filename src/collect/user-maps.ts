/**
 * Maps of every user namespace that has a member. Read from another user namespace, the second number of a line
 * is an id of the reader, user_namespaces(7): so one read tells the way from inside to us through all levels.
 */
import { parseIdMap } from '../formats/id-map.js';
import { isGone } from '../kernel/proc.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { UserMapFact } from '../model/user-map.js';
import type { Discovery } from './discovery.js';

const SUBJECT = 'id maps';

/** The first member of each user namespace, by process. */
function membersOf(discovery: Discovery): Map<NamespaceKey, Pid> {
  const members = new Map<NamespaceKey, Pid>();
  for (const [pid, set] of discovery.links) {
    const key = discovery.sets.get(set).user;
    if (key !== undefined && !members.has(key)) members.set(key, pid);
  }
  return members;
}

export function collectUserMaps(discovery: Discovery): void {
  discovery.gaps.forget(SUBJECT);
  const known = new Map(discovery.userMaps.map((maps) => [maps.key, maps] as const));
  discovery.userMaps = [...membersOf(discovery)].flatMap(([key, pid]) => {
    const maps = known.get(key);
    return maps && isFinal(discovery, maps) ? [maps] : (readMaps(discovery, key, pid) ?? []);
  });
}

/** Maps are written once; the member must be the one that they were read of, for the key may be another's by now. */
function isFinal({ links, sets }: Discovery, { key, pid, uidMap, gidMap }: UserMapFact): boolean {
  if (uidMap.length === 0 || gidMap.length === 0) return false;
  return sets.get(links.get(pid) ?? -1).user === key;
}

function readMaps({ proc, gaps }: Discovery, key: NamespaceKey, pid: Pid): UserMapFact | null {
  const uids = proc.readNumberFile(pid, '/uid_map');
  const gids = proc.readNumberFile(pid, '/gid_map');
  if (typeof uids === 'number' || typeof gids === 'number') {
    const refused = typeof uids === 'number' ? uids : (gids as number);
    if (!isGone(refused)) gaps.add(SUBJECT, refused, String(pid));
    return null;
  }
  const setgroups = proc.readNumberFile(pid, '/setgroups');
  const word = typeof setgroups === 'string' ? setgroups.trim() : '';
  return {
    key,
    uidMap: parseIdMap(uids),
    gidMap: parseIdMap(gids),
    setgroups: word === 'allow' || word === 'deny' ? word : null,
    pid,
  };
}
