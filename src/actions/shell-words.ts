/**
 * Words as a shell takes them: dash, bash, busybox, zsh, ksh and mksh get the bytes of each name, and nothing of a
 * name is run.
 *
 * A command is printable ASCII and one line, so it is the same on every screen, in every encoding, typed or pasted:
 * a control character that is pasted acts on the terminal, a line end runs what stands before it, and a letter is
 * other bytes where the terminal is not in UTF-8. Such words are spelt by printf(1), in octal. Not by `$'…'`: dash has
 * no such quotes, and takes what follows the first `\'` for commands. `$( )` drops line ends at the end of what it
 * gives: such a word gets a full stop after them, which a shell of its own takes away.
 */
import { textBytes } from '../model/byte-text.js';

/** What no shell takes for anything else; zsh runs the path of `=word`. */
const PLAIN = /^(?!=)[A-Za-z0-9_@%+=:,./-]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;
/** In a format of printf(1), within quotes within double quotes, where bash and zsh look for `!`. */
const PLAIN_IN_FORMAT = /[A-Za-z0-9_@+=:,./ -]/;

/** For a part of a command. Line ends at the end of the text are lost: `shellCommand` keeps them. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  const option = /^--[a-z-]+=(?=.)/s.exec(text)?.[0];
  if (option !== undefined) return option + shellWord(text.slice(option.length));
  if (PRINTABLE.test(text)) return quoted(text);
  return `"$(printf '${octal(text)}')"`;
}

/** Quotes stand by themselves, so there are never two in a row within quotes: with RC_QUOTES zsh takes two for one. */
function quoted(text: string): string {
  if (text === '') return "''";
  return text
    .split(/(')/)
    .filter((part) => part !== '')
    .map((part) => (part === "'" ? String.raw`\'` : `'${part}'`))
    .join('');
}

/** No option of printf, no directive, and no digit that would go on with an octal number. */
function octal(text: string): string {
  let isAfterEscape = false;
  return Array.from(textBytes(text), (byte, at) => {
    const character = String.fromCharCode(byte);
    const isPlain =
      PLAIN_IN_FORMAT.test(character) &&
      !(at === 0 && character === '-') &&
      !(isAfterEscape && /\d/.test(character));
    isAfterEscape = !isPlain;
    return isPlain ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  }).join('');
}

/**
 * Words within a script that is given as parameters those which end in a line end: `parameter` is the name of the nth,
 * from 1.
 */
export function scriptWords(
  words: readonly string[],
  parameter: (place: number) => string = String,
): { text: string; parameters: readonly string[] } {
  const parameters: string[] = [];
  const text = words.map((word) => {
    if (!word.endsWith('\n')) return shellWord(word);
    parameters.push(`${word}.`);
    return `"\${${parameter(parameters.length)}%.}"`;
  });
  return { text: text.join(' '), parameters };
}

export function shellCommand(...words: readonly string[]): string {
  const { text, parameters } = scriptWords(words);
  if (parameters.length === 0) return text;
  return ['sh', '-c', `exec ${text}`, 'sh', ...parameters].map(shellWord).join(' ');
}
