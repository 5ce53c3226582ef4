/** When the collector looks: no request is lost, failures are told and end. */
import test from 'ava';
import type { RefreshStatus } from '../../src/collect/refresh-loop.js';
import { RefreshLoop } from '../../src/collect/refresh-loop.js';

function loop(delayMs = 1e6) {
  const looks: boolean[] = [];
  const told: RefreshStatus[] = [];
  let release: ((error?: Error) => void) | null = null;
  let heard: () => void = () => undefined;
  let now = 1000;
  const refresh = new RefreshLoop(
    {
      look: (everything) => {
        looks.push(everything);
        heard();
        return new Promise((resolve, reject) => (release = (error) => (error ? reject(error) : resolve())));
      },
      isCatchingUp: () => false,
      tell: (status) => {
        told.push(status);
        heard();
      },
      now: () => now++,
    },
    delayMs,
  );
  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await new Promise<void>((resolve) => (heard = resolve));
  };
  return { refresh, looks, told, end: (error?: Error) => release!(error), until };
}

test('what is asked for during a look is looked at after it, whole', async (t) => {
  const { refresh, looks, told, end, until } = loop();
  t.teardown(() => refresh.close());
  refresh.ask(false, 1);
  await until(() => looks.length === 1);
  refresh.ask(true, 2);
  refresh.ask(false, 3);
  // The timer of the request fires while the look still runs.
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(looks.length, 1);
  end();
  await until(() => looks.length === 2);
  t.is(told[0]!.answered, 1);
  end();
  await until(() => told.length === 2);
  t.deepEqual(looks, [false, true]);
  t.is(told[1]!.answered, 3);
});

test('a failure is told with its start, and ends with the first look that works', async (t) => {
  const { refresh, looks, told, end, until } = loop();
  t.teardown(() => refresh.close());
  for (const [at, error] of [new Error('no descriptors'), new Error('still none'), undefined].entries()) {
    refresh.ask(at === 0);
    await until(() => looks.length === at + 1);
    end(error);
    await until(() => told.length === at + 1);
  }
  t.regex(told[0]!.failing?.reason ?? '', /no descriptors/);
  t.is(told[1]!.failing?.since, told[0]!.failing?.since);
  t.regex(told[1]!.failing?.reason ?? '', /still none/);
  t.is(told[2]!.failing, null);
  t.deepEqual(looks, [true, true, true], 'what a failed look was to rescan is rescanned');
});

test('frozen: nothing is looked at, unless somebody asks', async (t) => {
  const { refresh, looks, told, end, until } = loop(50);
  t.teardown(() => refresh.close());
  refresh.setFrozen(true);
  refresh.hint();
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.is(looks.length, 0);
  refresh.ask(false, 7);
  await until(() => looks.length === 1);
  end();
  await until(() => told.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.is(looks.length, 1);
});
