/** Carries out a request on standard input and prints the outcome: to be run in the namespaces of a scene. */
import { readFileSync } from 'node:fs';
import type { PerformRequest } from '../../src/perform/perform.js';
import { performOperations } from '../../src/perform/perform.js';

const { operations, rollback } = JSON.parse(readFileSync(0, 'utf8')) as PerformRequest;
console.log(JSON.stringify(await performOperations(operations, rollback)));
