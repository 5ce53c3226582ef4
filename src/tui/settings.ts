/**
 * Settings: the user's configuration file (never written), and what was changed in set-up (the state file,
 * ours). Later ones win: defaults, configuration, state, command line.
 */
import { ROLLBACK_SECONDS } from '../actions/lock-out.js';
import type { GroupingName } from '../view/row-trees.js';
import type { ThemeName } from './theme.js';

export interface Settings {
  delayMs: number;
  theme: ThemeName;
  ascii: boolean;
  mouse: boolean;
  grouping: GroupingName;
  /** Until a change that could cut the own session is rolled back. */
  rollbackSeconds: number;
}

export const DEFAULT_SETTINGS: Settings = {
  delayMs: 2000,
  theme: 'dark',
  ascii: false,
  mouse: false,
  grouping: 'container',
  rollbackSeconds: ROLLBACK_SECONDS,
};

export const DELAYS_MS: readonly number[] = [250, 500, 1000, 2000, 3000, 5000, 10_000, 30_000, 60_000];

/** The settings in a file's text; a sentence where it is not what it should be. */
export function parseSettings(text: string, path: string): Partial<Settings> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `${path} is not JSON: it is left alone and ignored`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `${path} is not a JSON object: ignored`;
  const settings: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof Settings] : undefined;
    if (!check)
      return `${path}: there is no setting "${shortened(name)}": one of ${Object.keys(CHECKS).join(', ')}`;
    if (!check(given)) return `${path}: "${name}" cannot be ${shortened(JSON.stringify(given))}`;
    settings[name] = given;
  }
  return settings;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

const CHECKS: Record<keyof Settings, (value: unknown) => boolean> = {
  delayMs: (value) => typeof value === 'number' && value >= 100 && value <= 3_600_000,
  theme: (value) => ['dark', 'light', 'mono'].includes(value as string),
  ascii: isBoolean,
  mouse: isBoolean,
  rollbackSeconds: (value) => typeof value === 'number' && value >= 1 && value <= 3600,
  grouping: (value) => ['container', 'owner', 'parent', 'process'].includes(value as string),
};
