/** Entry point of the process that carries out operations as root of a user namespace: request and outcome are JSON. */
import { readFileSync } from 'node:fs';
import { nameProcess } from '../kernel/own-name.js';
import type { PerformRequest } from './perform.js';
import { performHere } from './perform.js';

nameProcess();
void performHere(JSON.parse(readFileSync(0, 'utf8')) as PerformRequest).then((outcome) =>
  process.stdout.write(JSON.stringify(outcome)),
);
