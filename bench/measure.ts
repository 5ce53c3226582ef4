/** Small tools of the benchmarks: medians, side-by-side runs, a table of ratios. */
import { spawnSync } from 'node:child_process';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Wall milliseconds of a command, its output thrown away. */
export function wallMs(words: readonly string[]): number {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: '' };
  const start = performance.now();
  const { status, stderr } = spawnSync(words[0]!, words.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${String(stderr)}`);
  return performance.now() - start;
}

/** Medians of two commands run in turn, so that both meet the same machine. */
export function sideBySide(a: readonly string[], b: readonly string[], rounds: number): [number, number] {
  const times: [number[], number[]] = [[], []];
  wallMs(a);
  for (let round = 0; round < rounds; round++) {
    times[0].push(wallMs(a));
    times[1].push(wallMs(b));
  }
  return [median(times[0]), median(times[1])];
}

export interface Row {
  what: string;
  ours: number;
  unit: string;
  peer?: { name: string; value: number };
  /** What is asked for: ours ≤ limit, or ours / peer ≤ limit where there is a peer. */
  limit: number;
}

/** One line a measure, with the ratio to the peer or the value, and whether the limit holds. */
export function report(row: Row): void {
  const measured = row.peer ? row.ours / row.peer.value : row.ours;
  const peer = row.peer
    ? `  ${row.peer.name} ${row.peer.value.toFixed(1)} ${row.unit}  ratio ${measured.toFixed(3)}`
    : '';
  const verdict = measured <= row.limit ? 'ok  ' : 'MISS';
  process.stdout.write(
    `${verdict} ${row.what}: ${row.ours.toFixed(2)} ${row.unit}${peer}  (limit ${row.limit.toFixed(3)})\n`,
  );
}
