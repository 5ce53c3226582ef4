/** A word as a POSIX shell needs it. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  // Control characters would act on the terminal that the command is pasted into.

  if (/[\x00-\x1f\x7f]/.test(text)) return `$'${escapeAnsiC(text)}'`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function escapeAnsiC(text: string): string {
  return Array.from(text, (character) => {
    if (character === '\\' || character === "'") return `\\${character}`;
    const code = character.charCodeAt(0);
    return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : character;
  }).join('');
}

export function shellCommand(...words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
