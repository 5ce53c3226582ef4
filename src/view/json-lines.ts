import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';

/** A value as JSON, for the raw tabs. */
export function jsonLines(value: unknown): Line[] {
  return JSON.stringify(value, null, 1)
    .split('\n')
    .map((text) => [span(clean(text))]);
}
