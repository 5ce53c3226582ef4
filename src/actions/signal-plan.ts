/** A plan to signal a process, with who dies along. */
import { counted } from '../model/text.js';
import { capableIn } from '../analysis/capabilities.js';
import { observerOf } from '../analysis/forecast.js';
import { commandOf, namespaceName } from '../analysis/namespace-name.js';
import { ancestorsOfObserver } from '../analysis/session-path.js';
import { livingIn, pidNamespace } from '../analysis/pid-namespaces.js';
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { ProcessFact } from '../model/snapshot.js';
import type { Plan } from './plan.js';
import { denied } from './permission.js';

export const SIGNALS = ['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGSTOP', 'SIGCONT', 'SIGUSR1', 'SIGUSR2'] as const; // prettier-ignore
export type SignalName = (typeof SIGNALS)[number];

const ENDING: ReadonlySet<string> = new Set(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT', 'SIGQUIT']);
const OPPOSITE: Partial<Record<SignalName, SignalName>> = { SIGSTOP: 'SIGCONT', SIGCONT: 'SIGSTOP' };

/** kill(2): the same user, or CAP_KILL in the user namespace of the process. */
function forbidden(model: Model, process: ProcessFact): string | null {
  const observer = observerOf(model);
  const user = namespaceSetOf(model, process).user;
  if (!observer?.details || !user || observer.details.uid === process.details?.uid) return null;
  return denied(capableIn(model, observer, user, 'KILL'));
}

export function planSignal(model: Model, process: ProcessFact, signal: SignalName): Plan {
  const { pid, details } = process;
  const problem =
    (details ? null : 'its start time is not known, so it could be another one by then') ??
    (details?.state === 'Z' ? 'it is a zombie: it has ended, and waits for its parent to ask' : null) ??
    forbidden(model, process);
  if (problem !== null || !details) return { ok: false, reason: problem ?? '' };
  const operation = { operation: 'signal', pid, startTimeTicks: details.startTimeTicks, signal } as const;
  const opposite = OPPOSITE[signal];
  return {
    ok: true,
    title: `send ${signal} to ${pid} ${commandOf(process).split(' ')[0] ?? ''}`,
    operations: [operation],
    commands: [`kill -${signal.slice(3)} ${pid}`],
    undo: opposite
      ? {
          possible: true,
          operations: [{ ...operation, signal: opposite }],
          commands: [`kill -${opposite.slice(3)} ${pid}`],
          note: null,
        }
      : { possible: false, reason: 'a signal cannot be taken back' },
    effects: effectsOf(model, process, signal),
    simulated: null,
  };
}

function effectsOf(model: Model, process: ProcessFact, signal: SignalName): string[] {
  const { pid, details } = process;
  const key = namespaceSetOf(model, process).pid;
  const effects: string[] = [];
  if (pid === model.snapshot.header.observer.pid) effects.push('this is nsview itself');
  else if (ancestorsOfObserver(model).includes(pid))
    effects.push('it is an ancestor of nsview: your session may end with it');
  if (
    key &&
    ENDING.has(signal) &&
    pidNamespace(model, key).init?.pid === pid &&
    details?.namespacePids.length !== 1
  ) {
    const victims = livingIn(model, key).length - 1;
    effects.push(
      `it is the init of pid namespace ${namespaceName(model, key)}: when it ends, ${counted(victims, 'other process is', 'other processes are')} killed, and nothing can be started there again`,
    );
    if (signal !== 'SIGKILL')
      effects.push(`an init may ignore ${signal}; from outside only SIGKILL and SIGSTOP always work`);
  }
  return effects;
}
