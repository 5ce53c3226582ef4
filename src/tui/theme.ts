import type { Role } from '../view/line.js';

/** How a role looks. Colours are numbers of the 256-colour palette; null is the terminal's own. */
export interface Style {
  fg: number | null;
  bg?: number | null;
  bold?: boolean;
  underline?: boolean;
  inverse?: boolean;
}

export interface Theme {
  roles: Record<Role, Style>;
  /** The selected row, laid over what is there; without the focus; a match of the search. */
  selected: Style;
  selectedUnfocused: Style;
  bar: Style;
  match: Style;
}

export type ThemeName = 'dark' | 'light' | 'mono';
export const THEME_NAMES: readonly ThemeName[] = ['dark', 'light', 'mono'];

/** Hand-picked palette numbers, for COLORTERM does not cross SSH. */
const DARK: Theme = {
  roles: {
    text: { fg: null },
    dim: { fg: 245 },
    strong: { fg: null, bold: true },
    accent: { fg: 117 },
    good: { fg: 149 },
    warn: { fg: 179 },
    bad: { fg: 204, bold: true },
    title: { fg: null, bold: true },
    border: { fg: 240 },
    tab: { fg: 245, bg: 236 },
    'tab-active': { fg: 16, bg: 111, bold: true },
    key: { fg: 117, bold: true },
    column: { fg: 245, bg: 236, bold: true },
    mnt: { fg: 111 },
    net: { fg: 149 },
    pid: { fg: 179 },
    user: { fg: 141 },
    uts: { fg: 117 },
    ipc: { fg: 215 },
    cgroup: { fg: 204 },
    time: { fg: 79 },
  },
  selected: { fg: 255, bg: 24, bold: true },
  selectedUnfocused: { fg: null, bg: 238 },
  bar: { fg: null, bg: 236 },
  match: { fg: 16, bg: 179 },
};

const LIGHT: Theme = {
  roles: {
    text: { fg: null },
    dim: { fg: 243 },
    strong: { fg: null, bold: true },
    accent: { fg: 25 },
    good: { fg: 28 },
    warn: { fg: 130 },
    bad: { fg: 160, bold: true },
    title: { fg: null, bold: true },
    border: { fg: 248 },
    tab: { fg: 240, bg: 254 },
    'tab-active': { fg: 231, bg: 25, bold: true },
    key: { fg: 25, bold: true },
    column: { fg: 240, bg: 254, bold: true },
    mnt: { fg: 26 },
    net: { fg: 28 },
    pid: { fg: 130 },
    user: { fg: 92 },
    uts: { fg: 31 },
    ipc: { fg: 166 },
    cgroup: { fg: 161 },
    time: { fg: 30 },
  },
  selected: { fg: 16, bg: 153, bold: true },
  selectedUnfocused: { fg: null, bg: 253 },
  bar: { fg: null, bg: 254 },
  match: { fg: 16, bg: 222 },
};

const PLAIN: Style = { fg: null };
const BOLD: Style = { fg: null, bold: true };

/** No colour at all: bold, underline and inverse carry what the colours did. */
const MONO: Theme = {
  roles: {
    text: PLAIN,
    dim: PLAIN,
    strong: BOLD,
    accent: PLAIN,
    good: PLAIN,
    warn: BOLD,
    bad: BOLD,
    title: BOLD,
    border: PLAIN,
    tab: PLAIN,
    'tab-active': { fg: null, inverse: true },
    key: BOLD,
    column: { fg: null, underline: true },
    mnt: PLAIN,
    net: PLAIN,
    pid: PLAIN,
    user: PLAIN,
    uts: PLAIN,
    ipc: PLAIN,
    cgroup: PLAIN,
    time: PLAIN,
  },
  selected: { fg: null, inverse: true },
  selectedUnfocused: { fg: null, underline: true },
  bar: { fg: null, inverse: true },
  match: { fg: null, underline: true, bold: true },
};

const THEMES: Record<ThemeName, Theme> = { dark: DARK, light: LIGHT, mono: MONO };

/** Nearest of the 16 colours for each palette number that a theme uses. */
const SIXTEEN: Record<number, number> = {
  16: 0, 24: 4, 25: 4, 26: 4, 28: 2, 30: 6, 31: 6, 79: 6, 92: 5, 111: 12, 117: 14, 130: 3, 141: 13,
  149: 10, 153: 6, 160: 1, 161: 1, 166: 3, 179: 11, 204: 9, 215: 3, 222: 11, 231: 15, 235: 0, 236: 0,
  238: 8, 240: 8, 243: 8, 245: 7, 248: 7, 252: 7, 253: 7, 254: 7, 255: 15,
}; // prettier-ignore

export function themeOf(name: ThemeName): Theme {
  return THEMES[name];
}

export type ColorDepth = 0 | 16 | 256;

/** What the terminal can show: TERM tells the truth more often than COLORTERM, which SSH drops. */
export function colorDepth(environment: Readonly<Record<string, string | undefined>>): ColorDepth {
  const term = environment['TERM'] ?? '';
  if (term === '' || term === 'dumb' || /^vt(1|2|3)/.test(term) || term.endsWith('-m')) return 0;
  if (/256|kitty|alacritty|foot|ghostty|wezterm|konsole|^st(-|$)|^xterm|direct/.test(term)) return 256;
  if (environment['COLORTERM'] !== undefined && environment['COLORTERM'] !== '') return 256;
  return 16;
}

const BOLD_FLAG = 1;
const UNDERLINE_FLAG = 2;
const INVERSE_FLAG = 8;
const DEFAULT_COLOR = 0x1ff;

/** blessed's packed attribute: flags, foreground and background of nine bits each. */
export function attributeOf(style: Style, depth: ColorDepth): number {
  const flags =
    (style.bold ? BOLD_FLAG : 0) |
    (style.underline ? UNDERLINE_FLAG : 0) |
    (style.inverse ? INVERSE_FLAG : 0);
  const color = (palette: number | null | undefined): number => {
    if (palette === null || palette === undefined || depth === 0) return DEFAULT_COLOR;
    return depth === 16 ? (SIXTEEN[palette] ?? palette % 16) : palette;
  };
  return (flags << 18) | (color(style.fg) << 9) | color(style.bg);
}

/** Lays a style over an attribute: its background and flags win, its foreground where it has one. */
export function overlay(attribute: number, style: Style, depth: ColorDepth): number {
  const over = attributeOf(style, depth);
  const fg = style.fg === null ? attribute & (DEFAULT_COLOR << 9) : over & (DEFAULT_COLOR << 9);
  const bg = (over & DEFAULT_COLOR) === DEFAULT_COLOR ? attribute & DEFAULT_COLOR : over & DEFAULT_COLOR;
  // A style with a colour of its own makes a row of one piece: one escape sequence, not ten.
  const flags = style.fg === null ? (attribute >> 18) | (over >> 18) : over >> 18;
  return (flags << 18) | fg | bg;
}
