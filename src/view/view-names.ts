/** Views by name, in the order of their numbers: for --view and for the screen. */
export const VIEW_NAMES = [
  'tree',
  'processes',
  'network',
  'mounts',
  'users',
  'sockets',
  'more',
  'events',
] as const;

export type ViewName = (typeof VIEW_NAMES)[number];
