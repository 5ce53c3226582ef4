/** Words about numbers. */

/** `1 port`, `3 ports`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
