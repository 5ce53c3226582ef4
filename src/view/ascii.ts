/** Our own marks without Unicode, for `--ascii` and locales that have none. */
const MARKS: Record<string, string> = {
  '─': '-', '│': '|', '╭': '+', '╮': '+', '╰': '+', '╯': '+', '├': '|', '└': '`', '▾': 'v', '▸': '>',
  '●': '*', '○': 'o', '◆': '*', '…': '~', '·': '.', '×': 'x', '→': '>', '█': '#', '▌': '|', '▐': '|',
  '■': '#', '━': '=', '’': "'", '↑': '^', '↓': 'v', '▏': '|', '░': '.', '▎': '|',
  '‹': '<', '›': '>', '✓': '+', '✗': 'x', '⇣': 'v', '┌': '+', '┐': '+', '┘': '+',
}; // prettier-ignore

/** `?` for what has no stand-in: a foreign letter. */
export function asciiFor(character: string): string {
  return MARKS[character] ?? '?';
}

/** The text with our marks replaced; foreign letters stay. */
export function asciiText(text: string): string {
  return Array.from(text, (character) => MARKS[character] ?? character).join('');
}
