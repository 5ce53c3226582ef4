/** The wizard "give this namespace internet". */
import { namespaceName } from '../analysis/namespace-name.js';
import type { Link } from '../analysis/network-model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { nameTaken, netnsPlace, planOfSteps } from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import { planConnect } from './new-link-plans.js';
import type { NetworkOperation, Plan, RoutePlace } from './plan.js';

/** The wizard "give this namespace internet": a veth pair to the host, forwarding and NAT there. */
export function planInternet(scene: NetworkScene, key: NamespaceKey, uplink: Link, subnet: number): Plan {
  const { model, network } = scene;
  const host = uplink.namespace;
  const inner = freeName(scene, key, 'eth');
  const outer = freeName(scene, host, 'nsv');
  const [gateway, own] = [`10.211.${subnet}.1`, `10.211.${subnet}.2`];
  const connected = planConnect(
    scene,
    { key: host, name: outer, address: `${gateway}/24` },
    { key, name: inner, address: `${own}/24` },
  );
  if (!connected.ok) return connected;
  const forwarding = network.tables.get(host)?.fact.forwarding.ipv4 ?? null;
  const there = netnsPlace(model, key);
  const here = netnsPlace(model, host);
  const table = `nsview_${outer}`;
  const nat = `table ip ${table} { chain postrouting { type nat hook postrouting priority 100; ip saddr ${own} oifname "${uplink.fact.name}" masquerade; }; }`;
  const route: RoutePlace = {
    destination: 'default',
    family: 'inet',
    gateway,
    device: inner,
    metric: null,
    source: null,
    table: null,
  };
  const more: Step[] = [
    { done: { operation: 'route-add', netns: there, route }, undo: [] },
    ...(forwarding === true
      ? []
      : [
          {
            done: { operation: 'sysctl', netns: here, name: 'net.ipv4.ip_forward', value: '1', before: null },
            undo: [
              { operation: 'sysctl', netns: here, name: 'net.ipv4.ip_forward', value: '0', before: '1' },
            ],
          } satisfies Step,
        ]),
    {
      done: { operation: 'nft', netns: here, script: nat },
      undo: [{ operation: 'nft', netns: here, script: `delete table ip ${table}` }],
    },
  ];
  const first = connected.operations.map((done, at): Step => ({
    done: done as NetworkOperation,
    undo: (connected.rollback?.[at] ?? []) as NetworkOperation[],
  }));
  return planOfSteps(
    `give ${namespaceName(model, key)} a way out through ${uplink.fact.name}`,
    [...first, ...more],
    [
      `${own} goes out as the address of ${uplink.fact.name}; a firewall of the host may still drop what is forwarded`,
      'names need /etc/netns/NAME/resolv.conf, or the resolver of the mount namespace that asks',
    ],
  );
}

function freeName(scene: NetworkScene, key: NamespaceKey, prefix: string): string {
  for (let number = 0; ; number++)
    if (!nameTaken(scene, key, `${prefix}${number}`)) return `${prefix}${number}`;
}

/** A /24 of 10.211.0.0/16 that no address of the host lies in. */
export function freeSubnet({ network }: NetworkScene, host: NamespaceKey): number | null {
  const used = new Set(
    network.tables
      .get(host)
      ?.fact.addresses.flatMap(({ address }) => /^10\.211\.(\d+)\./.exec(address)?.[1] ?? []) ?? [],
  );
  for (let subnet = 1; subnet < 255; subnet++) if (!used.has(String(subnet))) return subnet;
  return null;
}
