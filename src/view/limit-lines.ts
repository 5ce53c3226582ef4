/** How near the limits are, how deep namespaces are nested, and what restricts user namespaces. */
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { levelOf } from '../analysis/id-translation.js';
import type { Gauge } from '../analysis/limits.js';
import { MAXIMUM_LEVEL, deepestLevel, gaugesOf } from '../analysis/limits.js';
import { userName } from '../analysis/namespace-name.js';
import { restrictionsOf } from '../analysis/restrictions.js';
import { clean } from './clean.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import { counted } from './network-words.js';
import { padText } from './text-width.js';

const BAR_WIDTH = 16;
const NEAR = 0.8;

function bar(share: number, role: Role): Line {
  // What is there shows: one of a hundred thousand is not nothing.
  const full = share <= 0 ? 0 : Math.max(1, Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH)));
  return [span('█'.repeat(full), role), span('░'.repeat(BAR_WIDTH - full), 'dim')];
}

function gaugeLine(name: string, count: number, maximum: number | null, kind: Role, more: string): Line {
  const share = maximum === null ? 0 : maximum === 0 ? 1 : count / maximum;
  const role = share > NEAR ? 'bad' : kind;
  return [
    span(padText(name, 11), kind),
    ...bar(share, role),
    span(` ${count} of ${maximum ?? '?'}`, role === 'bad' ? 'bad' : 'strong'),
    span(more, 'dim'),
  ];
}

function kindGauge(model: Model, { kind, users, maximum, inSight }: Gauge): Line {
  const [most] = users;
  const who = most ? `  by ${clean(userName(model, most.uid))}` : '';
  const others = users.length > 1 ? `, and ${counted(users.length - 1, 'other user')}` : '';
  return gaugeLine(kind, most?.count ?? 0, maximum, kind, `${who}${others}; ${inSight} in sight`);
}

/** user.max_*_namespaces, each against the user who has made most. */
export function limitLines(model: Model, only?: NamespaceKind): Line[] {
  const gauges = gaugesOf(model).filter(({ kind }) => only === undefined || kind === only);
  return [
    [span('made by one user, of user.max_KIND_namespaces', 'column')],
    ...gauges.map((gauge) => kindGauge(model, gauge)),
    [span('at the limit ENOSPC; it is counted for each user, here and in every user namespace above', 'dim')],
  ];
}

/** Of pid and user namespaces: 32 levels are the most. */
export function depthLines(model: Model, kind: 'pid' | 'user'): Line[] {
  const deepest = deepestLevel(model, kind);
  return [gaugeLine(`${kind} depth`, deepest, MAXIMUM_LEVEL, kind, '  levels; deeper gives ENOSPC')];
}

export function restrictionLines(model: Model): Line[] {
  const found = restrictionsOf(model);
  const head: Line = [span('what restricts user namespaces of ordinary users', 'column')];
  if (found.length === 0)
    return [head, [span('not known: an older recording, or nothing could be read', 'warn')]];
  return [
    head,
    ...found.flatMap(({ name, value, restricts, effect }): Line[] => [
      [
        span(restricts ? '✗ ' : '✓ ', restricts ? 'bad' : 'good'),
        span(name, 'strong'),
        span(` = ${clean(value) || 'empty'}`, restricts ? 'warn' : 'text'),
      ],
      [span(`  ${effect}`, 'dim')],
    ]),
  ];
}

/** For a user namespace: how deep it stands itself, then everything. */
export function userLimitLines(model: Model, key: NamespaceKey): Line[] {
  const level = levelOf(model, key);
  return [
    gaugeLine(
      'this level',
      level ?? 0,
      MAXIMUM_LEVEL,
      'user',
      level === null ? '  not all levels in sight' : '',
    ),
    ...depthLines(model, 'user'),
    [],
    ...limitLines(model),
    [],
    ...restrictionLines(model),
  ];
}
