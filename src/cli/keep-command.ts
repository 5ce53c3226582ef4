/** `nsview keep`: a change that would be rolled back stays. */
import type { GuardedChange } from '../actions/guard.js';
import { clean } from '../view/clean.js';
import { clockTime } from './carry-out.js';
import type { CliContext } from './cli-context.js';
import { EXIT_FAILED, EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';

function sentences(change: GuardedChange): string[] {
  const title = clean(change.title);
  switch (change.state) {
    case 'kept':
      return [`kept: ${title}`];
    case 'rolled back': {
      const why = change.reason === 'time' ? 'nobody kept it' : 'nsview ended in the middle of it';
      const whole = change.failures.length === 0 ? '' : ', but not all of it';
      return [
        `rolled back at ${clockTime(change.at)}${whole}: ${title} (${why})`,
        ...change.failures.map((failure) => `   failed: ${clean(failure)}`),
      ];
    }
    case 'abandoned':
      return [`neither kept nor rolled back: ${title} (the process that would have rolled it back is gone)`];
  }
}

export const KEEP_COMMAND: CommandRecord = {
  name: 'keep',
  operands: '',
  summary: 'keep what was done with --cut, which is rolled back else; tell what became of it',
  options: [],
  run: async (cli: CliContext) => {
    const changes = await cli.keepChanges();
    for (const line of changes.flatMap(sentences)) cli.write(`${line}\n`);
    const isKept = changes.some(({ state }) => state === 'kept');
    if (changes.length === 0) cli.write('nothing waits to be rolled back\n');
    return isKept ? EXIT_OK : EXIT_FAILED;
  },
};
