/** The DHCP client of this machine. */
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DHCP_CLIENTS } from '../actions/dhcp-client.js';
import type { DhcpClient } from '../actions/dhcp-client.js';
import { CLEAN_PATH } from '../actions/enter-plan.js';
import { findProgram } from './find-program.js';

const isInstalled = (program: string): boolean => findProgram(program, CLEAN_PATH) !== null;

/** Of busybox only where it was built with it. */
function busyboxHas(applet: string): boolean {
  const { stdout } = spawnSync('busybox', ['--list'], { encoding: 'utf8', env: { PATH: CLEAN_PATH } });
  return stdout.split('\n').includes(applet);
}

/** In `bin` of the package, above the directory of this file, however it is built. */
function hookPath(): string | null {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const path = join(at, 'bin', 'dhcp-hook');
    if (existsSync(path)) return path;
    if (at === dirname(at)) return null;
  }
}

/** Null: none is installed. */
export function findDhcpClient(): DhcpClient | null {
  const hook = hookPath();
  if (hook === null) return null;
  for (const client of DHCP_CLIENTS) if (isInstalled(client)) return { client, words: [client], hook };
  return isInstalled('busybox') && busyboxHas('udhcpc')
    ? { client: 'udhcpc', words: ['busybox', 'udhcpc'], hook }
    : null;
}
