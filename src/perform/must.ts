/** Refusals of the kernel as sentences. */
import type { NetworkOperation } from '../actions/plan.js';
import type { Result } from '../kernel/link-changes.js';
import { Refused } from './refused.js';
import { explainKernelRefusal, explainRefusal } from './refusals.js';

export function must(operation: NetworkOperation['operation'], subject: string, result: Result): void {
  if (result) throw new Refused(explainKernelRefusal(operation, subject, result.errno, result.kernelMessage));
}

export function mustNot(operation: NetworkOperation['operation'], subject: string, negative: number): void {
  if (negative < 0) throw new Refused(explainRefusal(operation, subject, -negative));
}
