/** Who may enter what: eleven kinds of process by every namespace that they have, each really tried. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { abilitiesOf, canEnter } from '../../src/analysis/capabilities.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { REPOSITORY } from '../support/golden.js';
import { runNsview } from '../support/run-program.js';
import { endScene, needsRoot } from '../sandbox/scene.js';

const EPERM = 1;

interface Matrix {
  pids: Record<string, number>;
  /** By agent and namespace: errno of setns, 0 where it went in, and those of deeds inside. */
  attempts: Record<string, Record<NamespaceKey, [number, Partial<Deeds>]>>;
  /** errno of setting the hostname, mounting, configuring lo, in its own namespaces; EPERM: refused. */
  deeds: Record<string, Deeds>;
}

/** `net`: an interface is configured, `link`: one is made. */
type Deeds = Record<'uts' | 'mnt' | 'net' | 'link', number>;

test('setns(2): what was told is what the kernel did', async (t) => {
  if (!needsRoot(t)) return;
  const child = spawn('python3', [join(REPOSITORY, 'test', 'sandbox', 'capability-matrix.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => endScene(child));
  let matrix: Matrix | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    matrix = JSON.parse(line) as Matrix;
    break;
  }
  const model = buildModel(await collectSnapshot({ details: 'all', containerNames: false }));
  let tried = 0;
  const wrong: string[] = [];
  for (const [agent, attempts] of Object.entries(matrix!.attempts)) {
    const process = model.processes.get(matrix!.pids[agent]!)!;
    for (const [key, [errno, inside]] of Object.entries(attempts) as [
      NamespaceKey,
      [number, Partial<Deeds>],
    ][]) {
      tried++;
      for (const [deed, failed] of Object.entries(inside)) {
        tried++;
        const { verdict } = abilitiesOf(model, process, key)[1]!;
        if (verdict.allowed !== (failed !== EPERM))
          wrong.push(
            `${agent} in ${key} ${deed}: errno ${failed}, told ${verdict.allowed}: ${verdict.reason}`,
          );
      }
      const { allowed, reason } = canEnter(model, process, key);
      if (allowed !== (errno === 0))
        wrong.push(`${agent} → ${key}: errno ${errno}, told ${allowed}: ${reason}`);
    }
  }
  const entered = Object.values(matrix!.attempts).flatMap((each) =>
    Object.values(each).filter(([errno]) => errno === 0),
  );
  t.true(
    tried > 400 && entered.length > 50 && entered.length < tried - 100,
    `${entered.length} of ${tried} went in`,
  );
  for (const [agent, deeds] of Object.entries(matrix!.deeds)) {
    const process = model.processes.get(matrix!.pids[agent]!)!;
    const set = model.snapshot.namespaceSets[process.namespaceSet]!;
    for (const kind of ['uts', 'mnt', 'net', 'link'] as const) {
      const [, ability] = abilitiesOf(model, process, set[kind === 'link' ? 'net' : kind]!);
      const { allowed, reason } = ability!.verdict;
      if (allowed !== (deeds[kind] !== EPERM))
        wrong.push(`${agent} ${kind}: errno ${deeds[kind]}, told ${allowed}: ${reason}`);
    }
  }
  t.deepEqual(wrong, []);
  // And as a person asks for it.
  const nested = matrix!.pids['user 4001 in a user namespace']!;
  const may = await runNsview([
    'can',
    String(matrix!.pids['user 4001']!),
    `net:${model.namespaces.size > 0 ? netOf(nested) : ''}`,
  ]);
  t.regex(may.stdout, /enter it +no/);
  t.is(may.code, 1);

  function netOf(pid: number): string {
    const set = model.snapshot.namespaceSets[model.processes.get(pid)!.namespaceSet]!;
    return set.net!.slice('net:['.length, -1);
  }
});
