/** The files behind settings.ts, at the places of the XDG base directory specification. */
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTextFile } from '../files/read-file.js';
import { makeOwnDirectory, replaceFile } from '../files/write-file.js';
import type { Settings } from './settings.js';
import { DEFAULT_SETTINGS, parseSettings } from './settings.js';

/** Bytes; a configuration has a handful of lines. */
const MAX_SIZE = 65_536;

type Environment = Readonly<Record<string, string | undefined>>;

function baseDirectory(environment: Environment, variable: string, fallback: string): string {
  const given = environment[variable];
  // Relative paths must be ignored, says the specification.
  return given?.startsWith('/') ? given : join(environment['HOME'] ?? homedir(), fallback);
}

export function configurationPath(environment: Environment): string {
  return join(baseDirectory(environment, 'XDG_CONFIG_HOME', '.config'), 'nsview', 'config.json');
}

export function statePath(environment: Environment): string {
  return join(baseDirectory(environment, 'XDG_STATE_HOME', '.local/state'), 'nsview', 'state.json');
}

function readSettings(path: string, complaints: string[]): Partial<Settings> {
  let text: string;
  try {
    text = readTextFile(path, { limit: MAX_SIZE });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') complaints.push(`${path} is ignored: ${message}`);
    return {};
  }
  const settings = parseSettings(text, path);
  if (typeof settings !== 'string') return settings;
  complaints.push(settings);
  return {};
}

/** Settings of both files, with a sentence for each file that could not be used. */
export function loadSettings(environment: Environment): { settings: Settings; complaints: string[] } {
  const complaints: string[] = [];
  const settings = {
    ...DEFAULT_SETTINGS,
    ...readSettings(configurationPath(environment), complaints),
    ...readSettings(statePath(environment), complaints),
  };
  return { settings, complaints };
}

/** Remembers what was changed in set-up; a place that cannot be written is no reason to stop. */
export function saveSettings(environment: Environment, settings: Settings): void {
  const path = statePath(environment);
  try {
    if (makeOwnDirectory(dirname(path))) replaceFile(path, `${JSON.stringify(settings, null, 2)}\n`, 0o600);
  } catch {
    // Read-only, or somebody else's (HOME under sudo): the change still holds for this session.
  }
}
