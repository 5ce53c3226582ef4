/** The wizard "give this namespace internet": behind the host by NAT, or beside it on a bridge with its uplink. */
import { sameNetwork } from '../analysis/addresses.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { ARPHRD_ETHER, wiphyOf } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import type { AddressFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { DhcpClient } from './dhcp-client.js';
import { NO_CLIENT, dhcpEffects, dhcpStep, isLeased } from './dhcp-plans.js';
import { routesAt } from './link-routes.js';
import { addressAgain, isAdvertised, keptAddressFacts, keptAddresses, routesOf } from './link-state.js';
import { linkPlace, nameTaken, netnsPlace, no, planOfSteps } from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import { planConnect } from './new-link-plans.js';
import type { LinkPlace, NetworkOperation, Plan, ReadyPlan, RoutePlace } from './plan.js';

/** The wizard "give this namespace internet": a veth pair to the host, forwarding and NAT there. */
export function planInternet(scene: NetworkScene, key: NamespaceKey, uplink: Link): Plan {
  const { model, network } = scene;
  const host = uplink.namespace;
  if (key === host) return no(`${uplink.fact.name} is in it: it has that way already`);
  const subnet = freeSubnet(scene, host);
  if (subnet === null) return no('all of 10.211.0.0/16 is in use here');
  const inner = freeName(scene, key, 'eth');
  const outer = freeName(scene, host, 'nsv');
  const [gateway, own] = [`10.211.${subnet}.1`, `10.211.${subnet}.2`];
  const connected = planConnect(
    scene,
    { key: host, name: outer, address: `${gateway}/24` },
    { key, name: inner, address: `${own}/24` },
  );
  if (!connected.ok) return connected;
  const refused = nftNameProblem(uplink.fact.name);
  if (refused !== null) return no(refused);
  const forwarding = network.tables.get(host)?.fact.forwarding.ipv4 ?? null;
  const there = netnsPlace(model, key);
  const here = netnsPlace(model, host);
  const table = `nsview_${outer}`;
  const nat = `table ip ${table} { chain postrouting { type nat hook postrouting priority 100; ip saddr ${own} oifname "${uplink.fact.name}" masquerade; }; }`;
  const more: Step[] = [
    { done: { operation: 'route-add', netns: there, route: defaultRoute(gateway, inner) }, undo: [] },
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
  return planOfSteps(
    `give ${namespaceName(model, key)} a way out through ${uplink.fact.name}`,
    [...stepsOf(connected), ...more],
    [
      `${own} goes out as the address of ${uplink.fact.name}; a firewall of the host may still drop what is forwarded`,
      'names need /etc/netns/NAME/resolv.conf, or the resolver of the mount namespace that asks',
    ],
  );
}

/** A string of nft(8) has no way to say a quote in it, and a `*` at its end stands for any name that begins so. */
function nftNameProblem(name: string): string | null {
  return /^[A-Za-z0-9_.@+-]+$/.test(name)
    ? null
    : `${name} is no name for a rule of nft(8): give the interface another name first, or take --bridge`;
}

/** Plans of this layer for network namespaces hold network operations only. */
function stepsOf({ operations, rollback }: ReadyPlan): Step[] {
  return operations.map((done, at): Step => ({
    done: done as NetworkOperation,
    undo: (rollback?.[at] ?? []) as NetworkOperation[],
  }));
}

function defaultRoute(gateway: string, device: string): RoutePlace {
  const family = gateway.includes(':') ? 'inet6' : 'inet';
  return { destination: 'default', family, gateway, device, metric: null, source: null, table: null };
}

function freeName(scene: NetworkScene, key: NamespaceKey, prefix: string): string {
  for (let number = 0; ; number++)
    if (!nameTaken(scene, key, `${prefix}${number}`)) return `${prefix}${number}`;
}

/** A /24 of 10.211.0.0/16 that no address of the host lies in. */
function freeSubnet({ network }: NetworkScene, host: NamespaceKey): number | null {
  const used = new Set(
    network.tables
      .get(host)
      ?.fact.addresses.flatMap(({ address }) => /^10\.211\.(\d+)\./.exec(address)?.[1] ?? []) ?? [],
  );
  for (let subnet = 1; subnet < 255; subnet++) if (!used.has(String(subnet))) return subnet;
  return null;
}

export interface BridgeChoice {
  /** Its address in the network of the uplink; null: asked for by DHCP. */
  address: string | null;
  /** Null: none is installed. */
  client: DhcpClient | null;
}

/** The bridge that the uplink is, or is a port of; null: it is to be made; text: why it cannot be. */
function standingBridge({ network }: NetworkScene, uplink: Link): Link | string | null {
  const { name, kind, hardwareType } = uplink.fact;
  if (kind === 'bridge') return uplink;
  const master = network.master(uplink);
  if (master?.fact.kind === 'bridge') return master;
  if (master) return `${name} is a port of ${master.fact.name}: take that`;
  if (wiphyOf(uplink.fact) !== null)
    return `${name} is wireless: an access point takes one station only; take NAT`;
  return hardwareType === ARPHRD_ETHER ? null : `${name} is no Ethernet: it cannot be a port of a bridge`;
}

/** The other way out: the namespace gets its own place in the network of the uplink, by a bridge. */
export function planBridgedUplink(
  scene: NetworkScene,
  key: NamespaceKey,
  uplink: Link,
  { address, client }: BridgeChoice,
): Plan {
  const { model } = scene;
  const host = uplink.namespace;
  if (key === host) return no(`${uplink.fact.name} is in it: it has that way already`);
  const standing = standingBridge(scene, uplink);
  const inner = freeName(scene, key, 'eth');
  const outer = freeName(scene, host, 'nsv');
  const wires = planConnect(
    scene,
    { key: host, name: outer, address: '' },
    { key, name: inner, address: address ?? '' },
  );
  if (typeof standing === 'string') return no(standing);
  if (address === null && !client) return no(`give it an address: ${NO_CLIENT}`);
  if (!wires.ok) return wires;
  const bridge = standing?.fact.name ?? freeName(scene, host, 'br');
  const netns = netnsPlace(model, key);
  const link: LinkPlace = { netns, name: inner, ifindex: null };
  const port: LinkPlace = { netns: netnsPlace(model, host), name: outer, ifindex: null };
  const gateway = address === null ? null : gatewayOf(scene, standing ?? uplink, address);
  return planOfSteps(
    `give ${namespaceName(model, key)} a place on ${bridge}, in the network of ${uplink.fact.name}`,
    [
      ...(standing ? [] : bridgeSteps(scene, uplink, bridge)),
      ...stepsOf(wires),
      { done: { operation: 'link-master', link: port, master: bridge }, undo: [] },
      ...(gateway === null
        ? []
        : [
            {
              done: { operation: 'route-add', netns, route: defaultRoute(gateway, inner) },
              undo: [],
            } satisfies Step,
          ]),
      ...(address === null && client ? [dhcpStep(link, client)] : []),
    ],
    [
      ...(standing ? [] : bridgeEffects(uplink, bridge)),
      ...(address === null ? dhcpEffects(link) : addressEffects(standing ?? uplink, address, gateway)),
    ],
  );
}

/** The gateway of the default route through that interface, where the address reaches it. */
function gatewayOf({ network }: NetworkScene, link: Link, address: string): string | null {
  const routes = network.tables.get(link.namespace)?.fact.routes ?? [];
  const found = routes.find(
    ({ destination, outInterface, gateway }) =>
      destination === 'default' &&
      outInterface === link.fact.ifindex &&
      gateway !== null &&
      sameNetwork(address, gateway),
  );
  return found?.gateway ?? null;
}

/** Makes the bridge in the place of the uplink: its hardware address, its addresses and its routes. */
function bridgeSteps(scene: NetworkScene, uplink: Link, name: string): Step[] {
  const { fact } = uplink;
  const place = linkPlace(scene.model, uplink);
  const { netns } = place;
  const bridge: LinkPlace = { netns, name, ifindex: null };
  const traits = { hardwareAddress: fact.address, mtu: fact.mtu };
  const addresses = keptAddressFacts(uplink);
  const step = (done: NetworkOperation, undo: NetworkOperation): Step => ({ done, undo: [undo] });
  const give = (link: LinkPlace, fact: AddressFact): Step => {
    const done = addressAgain(scene, uplink, link, fact);
    const address = `${fact.address}/${fact.prefixLength}`;
    return step(done, { operation: 'address-delete', link, address });
  };
  const lead = (route: RoutePlace): Step =>
    step({ operation: 'route-add', netns, route }, { operation: 'route-delete', netns, route });
  const inverse = ({ done, undo }: Step): Step => ({ done: undo[0]!, undo: [done] });
  return [
    step(
      { operation: 'link-add', netns, name, options: { kind: 'bridge', ...traits } },
      { operation: 'link-delete', link: bridge },
    ),
    { done: { operation: 'link-up', link: bridge }, undo: [] },
    ...routesOf(scene, uplink)
      .reverse()
      .map((route) => inverse(lead(route))),
    ...addresses.map((each) => inverse(give(place, each))),
    step(
      { operation: 'link-master', link: place, master: name },
      { operation: 'link-master', link: place, master: null },
    ),
    ...addresses.map((each) => give(bridge, each)),
    ...routesAt(scene, uplink, bridge).map(lead),
  ];
}

function bridgeEffects(uplink: Link, bridge: string): string[] {
  const { name } = uplink.fact;
  const leased = uplink.addresses.filter(isLeased);
  const advertised = uplink.addresses.filter(isAdvertised);
  return [
    `${name} becomes a port of ${bridge}; its addresses and routes go over, connections stop for a moment`,
    `what looks after ${name} (NetworkManager, systemd-networkd, ifupdown) may undo that, and a reboot does`,
    ...advertised.map(
      ({ address }) => `${address} was advertised by a router: ${bridge} gets its own that way`,
    ),
    ...leased.map(({ address }) => `${address} is leased: its DHCP client has to be told of ${bridge}`),
  ];
}

function addressEffects(uplink: Link, address: string, gateway: string | null): string[] {
  const isNear = keptAddresses(uplink).some((own) => sameNetwork(own, address));
  return [
    ...(isNear ? [] : [`${address} lies in no network of ${uplink.fact.name}`]),
    ...(gateway === null ? ['it gets no default route: no gateway is known that it reaches'] : []),
    `that nobody else has ${address.split('/')[0]!} cannot be seen from here`,
  ];
}
