/** Entry point of the process that carries out operations as root of a user namespace: request and outcome are JSON. */
import { nameProcess } from '../kernel/own-name.js';
import type { PerformRequest } from './perform.js';
import { performHere } from './perform.js';
import { readRequest } from './read-request.js';

nameProcess();
void readRequest()
  .then((request) => performHere(request as PerformRequest))
  .then((outcome) => process.stdout.write(JSON.stringify(outcome)));
