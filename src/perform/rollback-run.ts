/** The operations of a rollback: prepared while all is well, so that nothing has to be found or loaded when it comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackwardSteps } from '../actions/guard.js';
import type { NamespaceReference, Operation } from '../actions/plan.js';
import * as libc from '../kernel/libc.js';
import { findLink } from '../kernel/link-changes.js';
import { leadsTo } from '../kernel/namespace-identity.js';
import { NetnsTravel } from './netns-travel.js';
import { placesOf } from './perform.js';
import { performOne } from './run-operations.js';
import { Refused } from './refused.js';

/** Tries of what failed: what it depends on may come a moment later. */
const TRIES = 4;
/** Where a program or memory is wanting, which others may give back. */
const PATIENT_TRIES = 300;
const WANTING = /EAGAIN|ENOMEM|ENOBUFS|EMFILE|ENFILE/;
const BETWEEN_TRIES_MS = 1000;

/** Opens every namespace that is named: they are found by that from now on, whatever becomes of the paths. */
export function prepare(steps: BackwardSteps): BackwardSteps {
  const prepared = steps.map((operations) => operations.map(hold));
  rehearse(prepared.flat().flatMap(placesOf));
  return prepared;
}

/** Goes there and looks at something: may we, and has all that is needed been loaded. */
function rehearse(places: readonly NamespaceReference[]): void {
  const travel = new NetnsTravel();
  for (const place of places.filter(({ key }) => key.startsWith('net:')))
    travel.inside(place, () => findLink('lo'));
}

function hold(operation: Operation): Operation {
  const held = structuredClone(operation);
  for (const reference of placesOf(held)) reference.paths = [holdNamespace(reference)];
  return held;
}

const descriptors = new Map<string, string>();

function holdNamespace({ key, namespaceId, isOwn, paths }: NamespaceReference): string {
  const known = descriptors.get(key);
  if (known !== undefined) return known;
  const own = `/proc/self/ns/${key.split(':')[0]!}`;
  const path = [...(isOwn ? [own] : []), ...paths].find((each) => leadsTo(each, key, namespaceId));
  if (path === undefined) throw new Refused(`nothing leads to ${key} any more`);
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
  if (fd < 0) throw new Refused(`${key} cannot be opened`);
  descriptors.set(key, `/proc/self/fd/${fd}`);
  return `/proc/self/fd/${fd}`;
}

interface Undone {
  operation: Operation;
  /** Of the last step that was begun, which may not have been made. */
  isUncertain: boolean;
}

/** Rolls the steps that were begun back, the last one first; sentences of what could not be. */
export async function rollBack(steps: BackwardSteps, begun: number, isFinished: boolean): Promise<string[]> {
  let left = steps
    .slice(0, begun)
    .flatMap((operations, at): Undone[][] => [
      operations.map((operation) => ({ operation, isUncertain: !isFinished && at === begun - 1 })),
    ])
    .reverse()
    .flat();
  let failures: string[] = [];
  for (let tries = 1; left.length > 0; tries++) {
    failures = [];
    // One by one: what cannot be rolled back must not keep the rest from it.
    left = left.filter((undone) => {
      const failure = attempt(undone);
      if (failure !== null) failures.push(failure);
      return failure !== null;
    });
    const limit = failures.some((failure) => WANTING.test(failure)) ? PATIENT_TRIES : TRIES;
    if (left.length === 0 || tries >= limit) break;
    await sleep(BETWEEN_TRIES_MS);
  }
  return failures;
}

function attempt({ operation, isUncertain }: Undone): string | null {
  try {
    performOne(operation);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return isUncertain ? `${message} (perhaps there was nothing to roll back)` : message;
  }
}
