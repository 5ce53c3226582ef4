/** Entry point of the process that looks into namespaces as root of their user namespace: request and answer are JSON. */
import { readFileSync } from 'node:fs';
import { NamespaceHome } from '../kernel/namespace-join.js';
import { nameProcess } from '../kernel/own-name.js';
import { lookInto } from './collect-snapshot.js';
import type { InsideRequest } from './own-containers.js';

nameProcess();
NamespaceHome.allowOneWay();
process.stdout.write(JSON.stringify(lookInto(JSON.parse(readFileSync(0, 'utf8')) as InsideRequest)));
