/** How a program is started so that each byte of its words arrives: Node's functions take text only. */
import { fileURLToPath } from 'node:url';
import { hasEscapedBytes } from '../model/byte-text.js';
import { findProgram } from './find-program.js';

export interface Startable {
  program: string;
  words: readonly string[];
  environment: NodeJS.ProcessEnv;
}

/**
 * Where a word is no UTF-8 a process of ours goes before, which becomes the program. It runs in our environment, for
 * Node obeys variables too, and gives the program its own.
 */
export function startable(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Startable {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  if (![program, ...words, ...variables].some(hasEscapedBytes)) return { program, words, environment };
  const found = findProgram(program, environment['PATH'] ?? '') ?? program;
  const relay = fileURLToPath(new URL('./exec-process.js', import.meta.url));
  return {
    program: process.execPath,
    words: [
      relay,
      String(variables.length),
      ...[...variables, found, ...words].map((text) => JSON.stringify(text)),
    ],
    environment: process.env,
  };
}
