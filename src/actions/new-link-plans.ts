/** Plans that make interfaces, and the wizard that connects two namespaces. */
import { addressProblem, sameNetwork } from '../analysis/addresses.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { blocked, linkNameProblem, nameTaken, netnsPlace, no, planOfSteps } from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import type { LinkPlace, NetworkOperation, NewLinkOptions, Plan } from './plan.js';

export interface NewLink {
  name: string;
  options: NewLinkOptions;
  addresses: readonly string[];
  up: boolean;
  master: string | null;
}

export function planNewLink(
  scene: NetworkScene,
  key: NamespaceKey,
  { name, options, addresses, up, master }: NewLink,
): Plan {
  const { model } = scene;
  const problem =
    blocked(model, key) ??
    linkNameProblem(name) ??
    (nameTaken(scene, key, name) ? `${name} is taken there` : null) ??
    optionsProblem(scene, key, options) ??
    addresses.map(addressProblem).find((each) => each !== null) ??
    null;
  if (problem !== null) return no(problem);
  const netns = netnsPlace(model, key);
  const link: LinkPlace = { netns, name, ifindex: null };
  return planOfSteps(
    `make ${options.kind} ${name} in ${namespaceName(model, key)}`,
    [
      { done: { operation: 'link-add', netns, name, options }, undo: [{ operation: 'link-delete', link }] },
      ...settingUp(link, addresses, up, master),
    ],
    [],
  );
}

/** What goes with a link that was made needs no undo of its own. */
function settingUp(
  link: LinkPlace,
  addresses: readonly string[],
  up: boolean,
  master: string | null,
): Step[] {
  const done: NetworkOperation[] = [
    ...(master === null ? [] : [{ operation: 'link-master', link, master } as const]),
    ...addresses.map((address) => ({ operation: 'address-add', link, address }) as const),
    ...(up ? [{ operation: 'link-up', link } as const] : []),
  ];
  return done.map((each) => ({ done: each, undo: [] }));
}

const MAXIMUM_VLAN = 4094;

function optionsProblem(scene: NetworkScene, key: NamespaceKey, options: NewLinkOptions): string | null {
  switch (options.kind) {
    case 'veth': {
      const far = options.peerNetns && 'key' in options.peerNetns ? options.peerNetns.key : key;
      return (
        linkNameProblem(options.peerName) ??
        blocked(scene.model, far) ??
        (nameTaken(scene, far, options.peerName) ? `${options.peerName} is taken at the other end` : null)
      );
    }
    case 'macvlan':
    case 'macvtap':
    case 'vlan':
      if (!nameTaken(scene, key, options.lower)) return `there is no interface ${options.lower} there`;
      if (options.kind !== 'vlan') return null;
      return options.id >= 1 && options.id <= MAXIMUM_VLAN ? null : `a vlan id is 1 to ${MAXIMUM_VLAN}`;
    default:
      return null;
  }
}

export interface Wire {
  key: NamespaceKey;
  name: string;
  /** Empty: none. */
  address: string;
  /** The bridge that this end becomes a port of; null: none. */
  master?: string | null;
}

function missingBridge(scene: NetworkScene, { key, master }: Wire): string | null {
  if (master === undefined || master === null || nameTaken(scene, key, master)) return null;
  return `there is no bridge ${master} in ${namespaceName(scene.model, key)}`;
}

/** The wizard "connect two namespaces": a veth pair, an address at each end, both up. */
export function planConnect(scene: NetworkScene, a: Wire, b: Wire): Plan {
  const { model } = scene;
  const problem =
    (a.key === b.key && a.name === b.name ? 'the two ends need two names' : null) ??
    [a, b]
      .map(({ address }) => (address === '' ? null : addressProblem(address)))
      .find((each) => each !== null) ??
    blocked(model, a.key) ??
    linkNameProblem(a.name) ??
    (nameTaken(scene, a.key, a.name) ? `${a.name} is taken in ${namespaceName(model, a.key)}` : null) ??
    missingBridge(scene, a) ??
    missingBridge(scene, b) ??
    optionsProblem(scene, a.key, { kind: 'veth', peerName: b.name, peerNetns: netnsPlace(model, b.key) });
  if (problem !== null) return no(problem);
  const [one, other] = [a, b].map(({ key, name }): LinkPlace => ({
    netns: netnsPlace(model, key),
    name,
    ifindex: null,
  })) as [LinkPlace, LinkPlace];
  const options: NewLinkOptions = {
    kind: 'veth',
    peerName: b.name,
    peerNetns: a.key === b.key ? null : other.netns,
  };
  return planOfSteps(
    `connect ${namespaceName(model, a.key)} and ${namespaceName(model, b.key)}`,
    [
      {
        done: { operation: 'link-add', netns: one.netns, name: a.name, options },
        undo: [{ operation: 'link-delete', link: one }],
      },
      ...settingUp(one, a.address === '' ? [] : [a.address], true, a.master ?? null),
      ...settingUp(other, b.address === '' ? [] : [b.address], true, b.master ?? null),
    ],
    a.address !== '' && b.address !== '' && !sameNetwork(a.address, b.address)
      ? ['the two addresses are not in one network: they will not reach each other without routes']
      : [],
  );
}
