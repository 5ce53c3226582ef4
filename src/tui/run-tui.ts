/** Starts the terminal interface on the process's own terminal and makes sure that it is given back. */
import type { Perform } from '../actions/plan.js';
import type { Snapshot } from '../model/snapshot.js';
import type { SampleFeed } from '../model/sample-feed.js';
import type { GuardPort } from '../actions/guard.js';
import type { Foreground } from './app.js';
import { App } from './app.js';
import type { ReplayFeed } from './app.js';
import type { ViewName } from './app-state.js';
import type { Settings } from './settings.js';
import { loadSettings, saveSettings } from './settings-files.js';
import type { TerminalInput, TerminalOutput } from './terminal.js';
import { Terminal } from './terminal.js';
import { THEME_NAMES, colorDepth } from './theme.js';

/** The command line's wishes. */
export interface TuiOptions {
  view: string | null;
  pid: number | null;
  filter: string;
  /** 0: as in the settings. */
  delaySeconds: number;
  readonly: boolean;
  color: boolean;
  ascii: boolean;
  mouse: boolean;
  theme: string | null;
}

/** What main.ts hands in. */
export interface TuiParts {
  input: TerminalInput;
  output: TerminalOutput;
  environment: Readonly<Record<string, string | undefined>>;
  createFeed: (settings: Settings) => SampleFeed;
  replay: ReplayFeed | null;
  /** What is wrong with the recording, to be said once. */
  complaint: string | null;
  perform: Perform | null;
  foreground: Foreground | null;
  guard: GuardPort | null;
  save: (snapshot: Snapshot) => Promise<string>;
  saveScript: (text: string) => Promise<string>;
  /** Calls back when the configuration file changes. */
  watchConfiguration: (changed: () => void) => { close: () => void };
}

const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

function wishedSettings(options: TuiOptions, settings: Settings): Settings {
  return {
    ...settings,
    theme: options.color ? (THEME_NAMES.find((name) => name === options.theme) ?? settings.theme) : 'mono',
    ascii: options.ascii || settings.ascii,
    mouse: options.mouse || settings.mouse,
    delayMs: options.delaySeconds > 0 ? options.delaySeconds * 1000 : settings.delayMs,
  };
}

/** Resolves with the exit code when the person leaves. */
export function startTui(options: TuiOptions, parts: TuiParts): Promise<number> {
  const { environment } = parts;
  const { settings: stored, complaints } = loadSettings(environment);
  const settings = wishedSettings(options, stored);
  return new Promise((resolve, reject) => {
    const terminal: Terminal = new Terminal(
      parts.input,
      parts.output,
      { onInput: (event) => app.input(event), onResize: () => app.resized() },
      (environment['TMUX'] ?? '') !== '',
    );
    const watcher = parts.watchConfiguration(() => {
      const changed = loadSettings(environment);
      app.changeSettings(wishedSettings(options, changed.settings), false);
      for (const complaint of changed.complaints) app.say(complaint, true);
    });
    const finish = (code: number): void => {
      release();
      watcher.close();
      resolve(code);
    };
    const app: App = new App(terminal, {
      settings,
      view: options.view as ViewName | null,
      pid: options.pid,
      filter: options.filter,
      readonly: options.readonly,
      colorDepth: options.color ? colorDepth(environment) : 0,
      feed: parts.replay ?? parts.createFeed(settings),
      replay: parts.replay,
      now: () => Date.now(),
      perform: parts.perform,
      foreground: parts.foreground,
      guard: parts.guard,
      save: parts.save,
      saveScript: parts.saveScript,
      saveSettings: (changed) => saveSettings(environment, changed),
      suspend: () => suspend(terminal),
      exit: finish,
    });
    const release = guard(app, terminal, reject);
    const all = parts.complaint === null ? complaints : [...complaints, parts.complaint];
    for (const complaint of all) app.say(complaint, true);
    app.start();
  });
}

/** Stops the process; at SIGCONT the screen comes back. External SIGTSTP takes the same way. */
function suspend(terminal: Terminal): void {
  terminal.leave();
  // Without a listener for it SIGTSTP would not stop us while another one is set: SIGSTOP always does.
  process.kill(process.pid, 'SIGSTOP');
}

/** Every way out restores the terminal; the result takes the handlers away. */
function guard(app: App, terminal: Terminal, crashed: (error: unknown) => void): () => void {
  // A program that has the terminal gets Ctrl-C and Ctrl-Z too: they are meant for it.
  const onSignal = (signal: keyof typeof SIGNAL_EXIT_CODES): void => {
    if (!app.acts.isAway || signal !== 'SIGINT') app.quit(SIGNAL_EXIT_CODES[signal]);
  };
  const onStop = (): void => {
    if (app.acts.isAway) process.kill(process.pid, 'SIGSTOP');
    else app.suspend();
  };
  const onContinue = (): void => {
    if (!app.acts.isAway) app.resume();
  };
  const onCrash = (error: unknown): void => {
    terminal.leave();
    app.close();
    release();
    crashed(error);
  };
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    // The terminal is gone (EIO): nobody is left to tell.
    if (error.code === 'EIO' || error.code === 'EPIPE') app.quit(SIGNAL_EXIT_CODES.SIGHUP);
    else onCrash(error);
  };
  const signals = Object.keys(SIGNAL_EXIT_CODES) as (keyof typeof SIGNAL_EXIT_CODES)[];
  for (const signal of signals) process.on(signal, onSignal);
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', onContinue);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  terminal.output.on('error', onOutputError);
  const atExit = (): void => terminal.leave();
  process.on('exit', atExit);
  function release(): void {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('SIGTSTP', onStop);
    process.off('SIGCONT', onContinue);
    process.off('uncaughtException', onCrash);
    process.off('unhandledRejection', onCrash);
    process.off('exit', atExit);
  }
  return release;
}
