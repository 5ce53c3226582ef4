import { clean } from './clean.js';

/** What a piece of text means; a theme gives it a colour, and never the meaning alone. */
export type Role =
  | 'text'
  | 'dim'
  | 'strong'
  | 'accent'
  | 'good'
  | 'warn'
  | 'bad'
  | 'title'
  | 'border'
  | 'tab'
  | 'tab-active'
  | 'key'
  | 'column'
  | 'mnt'
  | 'net'
  | 'pid'
  | 'user'
  | 'uts'
  | 'ipc'
  | 'cgroup'
  | 'time';

export interface Span {
  text: string;
  role: Role;
}

export type Line = Span[];

export function span(text: string, role: Role = 'text'): Span {
  return { text, role };
}

/** One line of plain text, clean whatever its spans hold. */
export function lineText(line: Line): string {
  return clean(line.map(({ text }) => text).join(''));
}
