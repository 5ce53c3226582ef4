/** A plan is data: what would be done, how it is undone, and what a shell would need. Nothing here acts. */
import type { DhcpClient } from './dhcp-client.js';
import type { MountRequest } from '../analysis/mount-simulator.js';
import type { LinkTraits } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';

/** A namespace and the ways to open it; its identity is checked again when the plan runs. */
export interface NamespaceReference {
  key: NamespaceKey;
  /** Never reused until reboot; null where the kernel gives none. */
  namespaceId: number | null;
  /** Our own: nothing to enter. */
  isOwn: boolean;
  /** Paths that lead to it, best first: /proc/PID/ns/…, a descriptor of a process, a bind mount. */
  paths: readonly string[];
  /** A path to the user namespace that is entered first: there we have the capabilities that we lack where we are. */
  through?: string;
}

/** A mount that exists; checked again by its id when the plan runs. */
export interface MountPlace {
  namespace: NamespaceReference;
  mountPoint: string;
  mountId: number;
}

export type PropagationChange = 'shared' | 'slave' | 'private' | 'unbindable';

export type UtsName = 'hostname' | 'domain';

/** An object of an ipc namespace; checked again when the plan runs. */
export type IpcPlace =
  | { objectKind: 'shm' | 'sem' | 'msg'; id: number; ipcKey: number; uid: number }
  /** `name` with its slash. */
  | { objectKind: 'mq'; name: string; uid: number };

/** A network namespace in a plan: one that exists, or one that the plan itself makes, by its name under /run/netns. */
export type NetnsPlace = NamespaceReference | { made: string };

/** An interface; `ifindex` null: the plan itself makes it. Checked again when the plan runs. */
export interface LinkPlace {
  netns: NetnsPlace;
  name: string;
  ifindex: number | null;
}

export const MACVLAN_MODES = ['bridge', 'private', 'vepa', 'passthru'] as const;

export type MacvlanMode = (typeof MACVLAN_MODES)[number];

export type NewLinkOptions = LinkTraits &
  (
    | { kind: 'veth'; peerName: string; peerNetns: NetnsPlace | null; peer?: LinkTraits }
    | { kind: 'bridge' | 'dummy' }
    | { kind: 'macvlan'; lower: string; mode: MacvlanMode }
    | { kind: 'vlan'; lower: string; id: number }
  );

export interface RoutePlace {
  /** `default`, or a network. */
  destination: string;
  family: 'inet' | 'inet6';
  gateway: string | null;
  /** Name of the interface. */
  device: string | null;
  metric: number | null;
  source: string | null;
  /** Null: main. */
  table: number | null;
  /** Who made it, as ip-route(8) names it: static, dhcp, ra …; absent: `boot`, as ip itself has it. */
  protocol?: string;
}

/** In a network namespace, by rtnetlink(7), ip-netns(8), sysctl and nft(8). */
export type NetworkOperation =
  | { operation: 'netns-add'; name: string }
  | { operation: 'netns-attach'; name: string; namespace: NamespaceReference }
  /** Takes the name away; the namespace goes where nothing else keeps it. */
  | { operation: 'netns-remove-name'; name: string }
  | { operation: 'netns-set-id'; netns: NetnsPlace; target: NetnsPlace; netnsid: number }
  | { operation: 'link-add'; netns: NetnsPlace; name: string; options: NewLinkOptions }
  | { operation: 'link-delete'; link: LinkPlace }
  | { operation: 'link-up' | 'link-down'; link: LinkPlace }
  | { operation: 'link-rename'; link: LinkPlace; newName: string }
  /** Makes it a port of a bridge or bond; null: takes it out. */
  | { operation: 'link-master'; link: LinkPlace; master: string | null }
  | { operation: 'link-move'; link: LinkPlace; to: NetnsPlace; newName: string | null }
  /** The wireless device `phyN`, with all its interfaces; the link is one of them. */
  | { operation: 'wiphy-move'; link: LinkPlace; phy: number; to: NetnsPlace }
  /** `replace`: no matter whether it is there already. */
  | { operation: 'address-add'; link: LinkPlace; address: string; replace?: boolean }
  | { operation: 'address-delete'; link: LinkPlace; address: string }
  | { operation: 'route-add' | 'route-delete'; netns: NetnsPlace; route: RoutePlace }
  /** A client that asks for an address, stays to renew it, and gives it back when it is stopped. */
  | { operation: 'dhcp-start' | 'dhcp-stop'; link: LinkPlace; client: DhcpClient }
  /** `before`: what it must be now; null: whatever it is. */
  | { operation: 'sysctl'; netns: NetnsPlace; name: string; value: string; before: string | null }
  /** A script of nft(8): applied whole or not at all. */
  | { operation: 'nft'; netns: NetnsPlace; script: string };

export type Operation =
  | NetworkOperation
  /** By pidfd: the process must be the one that was chosen. */
  | { operation: 'signal'; pid: number; startTimeTicks: number; signal: string }
  | { operation: 'set-propagation'; place: MountPlace; propagation: PropagationChange; recursive: boolean }
  | { operation: 'unmount'; place: MountPlace; lazy: boolean }
  | {
      operation: 'bind-mount';
      namespace: NamespaceReference;
      source: string;
      target: string;
      recursive: boolean;
    }
  /** `before`: what it must be now, lest a change of somebody else is undone. */
  | {
      operation: 'set-uts-name';
      namespace: NamespaceReference;
      name: UtsName;
      value: string;
      before: string;
    }
  | { operation: 'remove-ipc'; namespace: NamespaceReference; place: IpcPlace };

export type Undo =
  | { possible: true; operations: readonly Operation[]; commands: readonly string[]; note: string | null }
  | { possible: false; reason: string };

export interface ReadyPlan {
  ok: true;
  title: string;
  operations: readonly Operation[];
  /** What takes each operation back where a later one fails, in the same order. */
  rollback?: readonly (readonly Operation[])[];
  /** Null: it is an undo itself. */
  undo: Undo | null;
  /** The same for a shell, one command a line. */
  commands: readonly string[];
  /** What follows from it, in sentences. */
  effects: readonly string[];
  /** What the simulator says of it. */
  simulated: MountRequest | null;
}

export type Plan = ReadyPlan | { ok: false; reason: string };

/** How one run of a plan ended. */
export interface Outcome {
  /** Operations that were done. */
  done: number;
  /** The kernel's refusal, in a sentence; null: all was done. */
  failure: string | null;
  /** After a failure: whether what was done before it was taken back; null: nothing had to be. */
  rolledBack?: boolean | null;
  /** Ids of mounts that were made, by operation. */
  mountIds: readonly (number | null)[];
}

/** Carries out operations; `rollback` as in `ReadyPlan`, `journal` as in `StartedGuard`. */
export type Perform = (
  operations: readonly Operation[],
  rollback?: readonly (readonly Operation[])[],
  journal?: number,
) => Promise<Outcome>;

/** Stands for the id of the mount that the plan makes: known only after it ran. */
export const NEW_MOUNT = -1;

/** The undo with the ids of what the run made. */
export function undoAfter(undo: Undo, { mountIds }: Outcome): Undo {
  if (!undo.possible) return undo;
  const made = mountIds.find((id) => id !== null && id >= 0);
  const operations = undo.operations.map((operation): Operation => {
    if (operation.operation !== 'unmount' || operation.place.mountId !== NEW_MOUNT) return operation;
    return { ...operation, place: { ...operation.place, mountId: made ?? NEW_MOUNT } };
  });
  return { ...undo, operations };
}
