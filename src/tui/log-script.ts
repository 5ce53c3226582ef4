/** The command log as a shell script that does the same: with iproute2 and util-linux, in the same order. */
import { clean } from '../view/clean.js';
import type { LoggedCommand } from './dialog.js';

function stamp(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** What failed stands there as a comment: it changed nothing. */
export function logScript(log: readonly LoggedCommand[]): string {
  const lines = log.flatMap(({ at, title, commands, failure }) => [
    '',
    `# ${stamp(at)} UTC  ${oneLine(title)}`,
    ...(failure === null
      ? commands
      : [`# failed: ${oneLine(failure)}`, ...commands.map((command) => `# ${oneLine(command)}`)]),
  ]);
  return ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n');
}

/** A comment ends with its line. */
function oneLine(text: string): string {
  return clean(text);
}
