#!/usr/bin/env node
import { existsSync } from 'node:fs';

delete process.env['MALLOC_ARENA_MAX'];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`nsview: needs Node 20.19 or later, this is ${process.versions.node}\n`);
  process.exit(1);
}
const entry = new URL('../dist/app/main.js', import.meta.url);
if (!existsSync(entry)) {
  process.stderr.write('nsview: not built yet: run "npm run build"\n');
  process.exit(1);
}
const { main } = await import(entry.href);
await main(process.argv.slice(2));
