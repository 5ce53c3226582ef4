/**
 * Entry point of the process that becomes another program, whose words or environment are no UTF-8:
 * `exec-process.js COUNT ENVIRONMENT… PROGRAM WORD…`, each as JSON, which says such bytes in ASCII.
 */
import { writeSync } from 'node:fs';
import { errnoName } from '../kernel/errno.js';
import { execWords } from '../kernel/exec-words.js';

const NOT_STARTED = 127;
const [count, ...texts] = process.argv.slice(2).map((text) => JSON.parse(text) as number | string);
const environment = texts.slice(0, Number(count)).map(String);
const [program, ...words] = texts.slice(Number(count)).map(String);
const errno = execWords(program!, [program!, ...words], environment);
writeSync(2, `nsview: cannot start ${JSON.stringify(program)}: ${errnoName(errno)}\n`);
process.exitCode = NOT_STARTED;
