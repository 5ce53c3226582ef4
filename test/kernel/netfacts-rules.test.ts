/** Policy rules as `ip rule` writes them. */
import test from 'ava';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

const RULES = [
  'not to NET lookup 102',
  'fwmark 0x1/0xff lookup 100',
  'fwmark 0x7 nop',
  'lookup main suppress_prefixlength 0',
  'goto 32766',
  'goto 1000',
  'iif absent uidrange 5-9 ipproto tcp sport 5 dport 6-9 lookup 100',
  'oif lo lookup 100',
  'l3mdev',
  'prohibit',
  'blackhole',
  'unreachable',
  'tos 0x10 lookup 7',
  'tun_id 77 lookup 3 suppress_ifgroup 5 protocol static',
];

test('conditions, actions and families of rules are those of ip-rule(8)', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  for (const [family, network] of [['-4', '10.2.0.0/24'], ['-6', 'fd02::/64']])
    for (const [at, rule] of RULES.entries())
      await scene.run(`ip ${family} rule add pref ${100 + at} ${rule.replace('NET', network!)}`); // prettier-ignore
  const expected = [];
  for (const [family, command] of [['', 'ip'], ['inet6', 'ip -6']])
    for (const line of (await scene.run(`${command} rule`)).trim().split('\n'))
      expected.push(`${line.replace(/:\s+/, ': ').trim()} ${family}`.trim()); // prettier-ignore
  const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, PROGRAM];
  const { stdout } = await runCommand([...enter, 'net', 'routes']);
  const [, rules = ''] = stdout.split(/^rules$/m);
  const found = rules.split('\n').flatMap((line) => {
    const text = line.trim().replace(/ +(inet6|ipmr|ip6mr)$/, ' $1');
    return /^\d+: /.test(text) && !/ ip6?mr$/.test(text) ? [text] : [];
  });
  t.deepEqual(found.sort(), expected.sort());
  for (const [family, command] of [['ipmr', 'ip mrule'], ['ip6mr', 'ip -6 mrule']]) {
    const line = (await scene.attempt(command!)).text.trim().split('\n').at(-1)!.replace(/:\s+/, ': ').trim();
    if (/^\d+: /.test(line)) t.regex(rules, new RegExp(`${line} +${family}$`, 'm'));
  } // prettier-ignore
});
