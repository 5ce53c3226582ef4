/** A plan is data: what would be done, how it is undone, and what a shell would need. Nothing here acts. */
import type { DhcpClient } from './dhcp-client.js';
import type { MountRequest } from '../analysis/mount-simulator.js';
import type { KernelMessage, LinkTraits } from '../model/network-table.js';
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

/** A namespace by its identity, without a way to it. */
export type HeldNamespace = Pick<NamespaceReference, 'key' | 'namespaceId'>;

/** A mount that exists; checked again by its id when the plan runs. */
export interface MountPlace {
  namespace: NamespaceReference;
  mountPoint: string;
  /** The kernel gives these again: alone they tell no mount from one that came in its place. */
  mountId: number;
  /** `major:minor`; null: files there have other devices (btrfs, overlay), or it is not known. */
  device?: string | null;
  /** Unique ids (Linux 6.8): that of the mount itself, or the highest when it was seen. */
  uniqueId?: number | null;
  newestMount?: number | null;
}

export type PropagationChange = 'shared' | 'slave' | 'private' | 'unbindable';

export type UtsName = 'hostname' | 'domain';

/** An object of an ipc namespace; checked again when the plan runs. */
export type IpcPlace =
  | { objectKind: 'shm' | 'sem' | 'msg'; id: number; ipcKey: number; uid: number }
  /** `name` with its slash. */
  | { objectKind: 'mq'; name: string; uid: number };

/** A network namespace in a plan: one that exists, or one that the plan itself makes, by its name under /run/netns. */
export type NetnsPlace = NamespaceReference | MadeNamespace;

/** `key`, `namespaceId`: which one it made, in an undo; absent: not run yet. */
export interface MadeNamespace {
  made: string;
  key?: NamespaceKey;
  namespaceId?: number | null;
}

/**
 * An interface; `ifindex` null: it comes there, or is made, while the plan runs. Whichever step names it, it must be
 * the one that was meant when that step runs: by its number and its hardware address, as far as they are given.
 */
export interface LinkPlace {
  netns: NetnsPlace;
  name: string;
  ifindex: number | null;
  hardwareAddress?: string;
}

export const MACVLAN_MODES = ['bridge', 'private', 'vepa', 'passthru'] as const;

export type MacvlanMode = (typeof MACVLAN_MODES)[number];

export type NewLinkOptions = LinkTraits &
  (
    | { kind: 'veth'; peerName: string; peerNetns: NetnsPlace | null; peer?: LinkTraits }
    | { kind: 'bridge' | 'dummy' | 'ifb' }
    | { kind: 'macvlan' | 'macvtap'; lower: string; mode: MacvlanMode; lowerLink?: LinkPlace }
    | { kind: 'vlan'; lower: string; id: number; lowerLink?: LinkPlace }
  );

/** An interface that a message of the kernel names by its number. */
export interface NumberedLink {
  ifindex: number;
  link: LinkPlace;
}

/** What the kernel gave in a dump, to be given back. */
export interface Replayed {
  message: KernelMessage;
  /** Milliseconds since the epoch: what has a lifetime had it then. */
  readAt: number;
}

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
  /** The whole route as it was; then the fields above only tell of it. */
  replay?: Replayed & {
    /** The interfaces that it names. */
    links: readonly NumberedLink[];
    /** Where another route of the same destination and metric is: before which, or after which it comes; null: none. */
    beside: 'before' | 'after' | null;
  };
}

/** In a network namespace, by rtnetlink(7), ip-netns(8), sysctl and nft(8). */
export type NetworkOperation =
  | { operation: 'netns-add'; name: string }
  /** `onFile`: the file is there, and nothing is mounted on it. */
  | { operation: 'netns-attach'; name: string; namespace: NamespaceReference; onFile?: true }
  /**
   * Takes the name away; the namespace goes where nothing else keeps it, and with the file whatever is mounted on it
   * in other mount namespaces. `of`: it must be the name of that one; null: of none. `keepFile`: only the mount goes.
   */
  | { operation: 'netns-remove-name'; name: string; of?: HeldNamespace | null; keepFile?: true }
  | { operation: 'netns-set-id'; netns: NetnsPlace; target: NetnsPlace; netnsid: number }
  | { operation: 'link-add'; netns: NetnsPlace; name: string; options: NewLinkOptions }
  | { operation: 'link-delete'; link: LinkPlace }
  | { operation: 'link-up' | 'link-down'; link: LinkPlace }
  | { operation: 'link-rename'; link: LinkPlace; newName: string }
  /** Makes it a port of a bridge or bond; null: takes it out. `bridge`: which one is meant by that name. */
  | { operation: 'link-master'; link: LinkPlace; master: string | null; bridge?: LinkPlace }
  | { operation: 'link-alias'; link: LinkPlace; alias: string }
  | { operation: 'link-alternative-names'; link: LinkPlace; names: readonly string[] }
  | { operation: 'link-queue'; link: LinkPlace; txQueueLength: number; group: number }
  /** net.ipv4.conf.NAME.* and net.ipv6.conf.NAME.*. */
  | { operation: 'link-sysctls'; link: LinkPlace; values: LinkSysctls }
  /** Settings of a port, or of a bridge, as they were. */
  | {
      operation: 'port-settings' | 'bridge-settings';
      link: LinkPlace;
      data: KernelMessage;
      kind: string | null;
    }
  /** All vlans of a port, or of the bridge itself. */
  | {
      operation: 'bridge-vlans';
      link: LinkPlace;
      isBridge: boolean;
      vlans: readonly { vid: number; flags: number }[];
    }
  /** A neighbour or proxy; an entry that a bridge or vxlan forwards by. */
  | { operation: 'neighbour-add' | 'forwarding-add'; link: LinkPlace; message: KernelMessage }
  | { operation: 'group-add'; link: LinkPlace; bridge: LinkPlace; message: KernelMessage }
  /** ip-nexthop(8); `replace`: a group that has lost some of its members. */
  | {
      operation: 'next-hop-add';
      netns: NetnsPlace;
      id: number;
      message: KernelMessage;
      links: readonly NumberedLink[];
      replace: boolean;
    }
  | { operation: 'link-move'; link: LinkPlace; to: NetnsPlace; newName: string | null }
  /** The wireless device `phyN`, with all its interfaces; the link is one of them. */
  | { operation: 'wiphy-move'; link: LinkPlace; phy: number; to: NetnsPlace }
  /** `replace`: no matter whether it is there already. */
  | { operation: 'address-add'; link: LinkPlace; address: string; replace?: boolean; replay?: Replayed }
  /** `ifPresent`: it need not be there. */
  | { operation: 'address-delete'; link: LinkPlace; address: string; ifPresent?: boolean }
  | { operation: 'route-add' | 'route-delete'; netns: NetnsPlace; route: RoutePlace }
  /** A client that asks for an address, stays to renew it, and gives it back when it is stopped. */
  | { operation: 'dhcp-start' | 'dhcp-stop'; link: LinkPlace; client: DhcpClient }
  /** `before`: what it must be now; null: whatever it is. */
  | { operation: 'sysctl'; netns: NetnsPlace; name: string; value: string; before: string | null }
  /** A script of nft(8): applied whole or not at all. `links`: interfaces that it names. */
  | { operation: 'nft'; netns: NetnsPlace; script: string; links?: readonly LinkPlace[] };

export interface LinkSysctls {
  ipv4: Readonly<Record<string, number>>;
  ipv6: Readonly<Record<string, number>>;
}

export type Operation =
  | NetworkOperation
  /** By pidfd: the process must be the one that was chosen. */
  | { operation: 'signal'; pid: number; startTimeTicks: number; signal: string }
  | {
      operation: 'set-propagation';
      place: MountPlace;
      propagation: PropagationChange;
      recursive: boolean;
      /** The group that it must receive from afterwards. */
      master?: number;
    }
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
  | {
      possible: true;
      operations: readonly Operation[];
      /** See `ReadyPlan.rollback`. */
      rollback?: readonly (readonly Operation[])[];
      commands: readonly string[];
      note: string | null;
    }
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
  /** The unique ids of these, where the kernel gives some. */
  uniqueMountIds?: readonly (number | null)[];
  /** Interfaces and namespaces that came to be what they are by the run: an undo means these. */
  links?: readonly SeenLink[];
  namespaces?: readonly SeenNamespace[];
}

/** `netns`: the key of its namespace, or the name that the plan gave it. */
export interface SeenLink {
  netns: string;
  name: string;
  ifindex: number;
  hardwareAddress: string;
}

export interface SeenNamespace {
  made: string;
  key: NamespaceKey;
  namespaceId: number | null;
}

/** Carries out operations; `rollback` as in `ReadyPlan`, `journal` as in `StartedGuard`. */
export type Perform = (
  operations: readonly Operation[],
  rollback?: readonly (readonly Operation[])[],
  journal?: number,
) => Promise<Outcome>;

/** Stands for the id of the mount that the plan makes: known only after it ran. */
export const NEW_MOUNT = -1;

export { undoAfter } from './undo.js';
