import { CAN_COMMAND } from './can-command.js';
import type { CliContext } from './cli-context.js';
import { EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { COMPARE_COMMAND } from './compare-command.js';
import type { Shell } from './documents.js';
import { GLOBAL_OPTIONS, SHELLS, completionScript, helpText, manPage } from './documents.js';
import { ID_COMMAND } from './id-command.js';
import { ENTER_COMMAND } from './enter-command.js';
import { INSIDE_COMMAND } from './inside-command.js';
import { KEEP_COMMAND } from './keep-command.js';
import { LEARN_COMMAND, LIMITS_COMMAND } from './learn-commands.js';
import { LS_COMMAND } from './ls-command.js';
import { parseArguments } from './option-parser.js';
import { LINKS_COMMAND, NET_COMMAND } from './net-command.js';
import { MOUNTS_COMMAND } from './mounts-command.js';
import { withCleanOutput } from './print.js';
import { DIFF_COMMAND, RECORD_COMMAND } from './record-commands.js';
import { PS_COMMAND, SHOW_COMMAND, WHY_COMMAND } from './show-commands.js';
import { SOCKETS_COMMAND } from './sockets-command.js';
import { TUI_COMMAND } from './tui-command.js';
import { SIGNAL_COMMAND, UNSHARE_COMMAND } from './unshare-command.js';
import { WIRE_COMMAND } from './wire-command.js';
import { UsageError } from './usage-error.js';

export const VERSION = '0.1.0';

const MAN_COMMAND: CommandRecord = {
  name: 'man',
  operands: '',
  summary: 'print the man page: nsview man | man -l -',
  options: [],
  run: (context) => {
    context.write(manPage(COMMANDS, VERSION));
    return Promise.resolve(EXIT_OK);
  },
};

const COMPLETION_COMMAND: CommandRecord = {
  name: 'completion',
  operands: SHELLS.join('|'),
  summary: 'print a completion script for the shell',
  options: [],
  run: (context, { operands }) => {
    const [shell] = operands;
    if (!(SHELLS as readonly (string | undefined)[]).includes(shell)) {
      throw new UsageError(`give one shell: ${SHELLS.join(', ')}`);
    }
    context.write(completionScript(COMMANDS, shell as Shell));
    return Promise.resolve(EXIT_OK);
  },
};

export const COMMANDS: readonly CommandRecord[] = [
  TUI_COMMAND,
  LS_COMMAND,
  SHOW_COMMAND,
  WHY_COMMAND,
  PS_COMMAND,
  ENTER_COMMAND,
  UNSHARE_COMMAND,
  SIGNAL_COMMAND,
  MOUNTS_COMMAND,
  NET_COMMAND,
  LINKS_COMMAND,
  WIRE_COMMAND,
  KEEP_COMMAND,
  SOCKETS_COMMAND,
  ID_COMMAND,
  CAN_COMMAND,
  INSIDE_COMMAND,
  LIMITS_COMMAND,
  LEARN_COMMAND,
  COMPARE_COMMAND,
  RECORD_COMMAND,
  DIFF_COMMAND,
  MAN_COMMAND,
  COMPLETION_COMMAND,
];

/** Runs the command that the words name; its exit code, or a UsageError. */
export async function runCli(outside: CliContext, words: readonly string[]): Promise<number> {
  const context = withCleanOutput(outside);
  const named = COMMANDS.find(({ name }) => name !== '' && name === words[0]);
  const command = named ?? TUI_COMMAND;
  const args = parseArguments([...command.options, ...GLOBAL_OPTIONS], named ? words.slice(1) : words);
  if (args.options.has('help')) {
    context.write(helpText(COMMANDS, command));
    return EXIT_OK;
  }
  if (args.options.has('version')) {
    context.write(`nsview ${VERSION}\n`);
    return EXIT_OK;
  }
  return command.run(context, args);
}
