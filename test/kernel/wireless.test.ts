/**
 * Wireless interfaces move with their device. Needs two radios of mac80211_hwsim that nobody uses: only where
 * NSVIEW_HWSIM says that the machine is a test's own (test/other-kernel).
 */
import test from 'ava';
import { NetScene } from '../sandbox/net-scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

test('a wireless interface goes with its device, under another name, and comes back', async (t) => {
  if (process.env['NSVIEW_HWSIM'] === undefined) {
    t.log('no radios of a test machine here: NSVIEW_HWSIM is not set');
    t.pass();
    return;
  }
  const scene = await NetScene.start(t);
  await scene.netns('lab');
  const wire = async (...words: string[]): Promise<string> => {
    const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, PROGRAM];
    const { stdout, stderr } = await runCommand([...enter, 'wire', ...words]);
    return stdout + stderr;
  };
  // Back to where they were, also when the test fails.
  t.teardown(() =>
    runCommand(['sh', '-c', `for p in phy0 phy1; do nsenter -t ${scene.pid} -n iw phy $p set netns 1; done`]),
  );
  for (const phy of ['phy0', 'phy1']) await runCommand(['iw', 'phy', phy, 'set', 'netns', String(scene.pid)]);
  await scene.run('ip link set wlan0 up && ip addr add 10.1.2.3/24 dev wlan0');
  t.regex(
    await wire('move', 'wlan0', 'lab', '--keep', '--name', 'air0'),
    /\$ iw phy phy0 set netns name lab\n {2}\$ ip -n lab link set dev wlan0 name air0/,
  );
  t.regex(
    await wire('move', 'wlan0', 'lab', '--keep', '--name', 'air0', '--yes'),
    /done: move wlan0 to lab as air0/,
  );
  t.regex(await scene.run('ip -n lab addr show air0'), /UP[^]*inet 10\.1\.2\.3\/24/);
  t.regex(await scene.run('ip netns exec lab iw dev'), /phy#0\n\tInterface air0/);
  t.notRegex(await scene.run('iw dev'), /phy#0/);
  t.regex(
    await wire('move', 'lab:air0', String(scene.pid), '--name', 'wlan1', '--yes'),
    /wlan1 is taken there/,
  );
  t.regex(await wire('move', 'lab:air0', String(scene.pid), '--keep', '--yes'), /done: move air0/);
  t.regex(await scene.run('ip addr show air0'), /inet 10\.1\.2\.3\/24/);
  t.regex(
    await wire('internet', 'lab', 'wlan1', '--bridge', '--address', '10.9.9.9/24'),
    /wlan1 is wireless/,
  );
});
