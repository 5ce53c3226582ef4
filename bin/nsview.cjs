#!/usr/bin/env node
// CommonJS, as the bundle is: the loader of ES modules costs a tenth of the start.
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

delete process.env['MALLOC_ARENA_MAX'];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`nsview: needs Node 20.19 or later, this is ${process.versions.node}\n`);
  process.exit(1);
}
const entry = join(__dirname, '..', 'dist', 'app', 'main.js');
if (!existsSync(entry)) {
  process.stderr.write('nsview: not built yet: run "npm run build"\n');
  process.exit(1);
}
require(entry).main(process.argv.slice(2));
