/** Entry point of the thread that carries out operations; it ends afterwards, so nobody has to come back. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PerformRequest } from './perform.js';
import { performAll } from './run-operations.js';

parentPort!.postMessage(performAll(workerData as PerformRequest));
