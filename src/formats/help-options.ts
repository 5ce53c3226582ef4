/** Long options that a program's `--help` names: `--wd[=<dir>]`, `--env`. */
export function parseHelpOptions(text: string): string[] {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    // Only at the start of a line: words in descriptions name others.
    const [, options] = /^ +(?:-\w[,.] +)?(--[a-z][a-z-]*)/.exec(line) ?? [];
    if (options !== undefined) found.add(options.slice(2));
  }
  return [...found];
}
