/** `nsview keep`: a change that would be taken back stays. */
import type { CliContext } from './cli-context.js';
import { EXIT_FAILED, EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';

export const KEEP_COMMAND: CommandRecord = {
  name: 'keep',
  operands: '',
  summary: 'keep what was done with --cut: it is not taken back by itself any more',
  options: [],
  run: async (cli: CliContext) => {
    const pending = await cli.pendingGuards();
    const kept = (await Promise.all(pending.map((file) => cli.keepChange(file)))).filter(Boolean);
    cli.write(kept.length > 0 ? `kept: ${kept.length}\n` : 'nothing waits to be taken back\n');
    return kept.length > 0 ? EXIT_OK : EXIT_FAILED;
  },
};
