/** Plans that are asked for on standard input, made by whoever runs this: each with `true` as the program. */
import { readFileSync } from 'node:fs';
import type { ToolFacts } from '../../src/actions/tools.js';
import type { UnshareChoice } from '../../src/actions/unshare-plan.js';
import { NO_UNSHARE, planUnshare } from '../../src/actions/unshare-plan.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';

const { choices, tools } = JSON.parse(readFileSync(0, 'utf8')) as {
  choices: Partial<UnshareChoice>[];
  tools: ToolFacts;
};
const model = buildModel(await collectSnapshot({ details: 'all', containerNames: false }));
const plans = choices.map((choice) =>
  planUnshare(model, { ...NO_UNSHARE, ...choice, program: ['true'] }, tools, 'sh'),
);
console.log(JSON.stringify(plans));
