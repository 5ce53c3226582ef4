import { GROUPINGS } from '../view/row-trees.js';
import type { Settings } from './settings.js';
import { DELAYS_MS } from './settings.js';
import { THEME_NAMES } from './theme.js';

/** A line of the set-up dialog. */
export interface SetupRow {
  setting: keyof Settings;
  name: string;
  value: (settings: Settings) => string;
  /** The settings one step further (1) or back (-1). */
  change: (settings: Settings, step: 1 | -1) => Settings;
}

function stepIn<T>(list: readonly T[], current: T, step: number, wraps: boolean): T {
  const at = list.indexOf(current) + step;
  const bounded = wraps ? (at + list.length) % list.length : Math.max(0, Math.min(list.length - 1, at));
  return list[bounded] ?? current;
}

const onOff = (on: boolean): string => (on ? 'on' : 'off');

/** The delay one step longer or shorter, from any value. */
export function stepDelay(current: number, step: 1 | -1): number {
  const next =
    step > 0 ? DELAYS_MS.find((delay) => delay > current) : DELAYS_MS.findLast((delay) => delay < current);
  return next ?? current;
}

export const SETUP_ROWS: readonly SetupRow[] = [
  {
    setting: 'delayMs',
    name: 'refresh every',
    value: ({ delayMs }) => `${delayMs / 1000} s`,
    change: (settings, step) => ({ ...settings, delayMs: stepDelay(settings.delayMs, step) }),
  },
  {
    setting: 'theme',
    name: 'theme',
    value: ({ theme }) => theme,
    change: (settings, step) => ({ ...settings, theme: stepIn(THEME_NAMES, settings.theme, step, true) }),
  },
  {
    setting: 'ascii',
    name: 'ASCII only',
    value: ({ ascii }) => onOff(ascii),
    change: (settings) => ({ ...settings, ascii: !settings.ascii }),
  },
  {
    setting: 'mouse',
    name: 'mouse',
    value: ({ mouse }) => onOff(mouse),
    change: (settings) => ({ ...settings, mouse: !settings.mouse }),
  },
  {
    setting: 'grouping',
    name: 'tree by',
    value: ({ grouping }) => grouping,
    change: (settings, step) => ({
      ...settings,
      grouping: stepIn(
        GROUPINGS.map(({ grouping }) => grouping),
        settings.grouping,
        step,
        true,
      ),
    }),
  },
];
