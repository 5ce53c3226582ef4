/** Operations in network namespaces: what must still hold, and the call itself. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type {
  LinkPlace,
  NetnsPlace,
  NetworkOperation,
  NewLinkOptions,
  Operation,
  Outcome,
} from '../actions/plan.js';
import { EEXIST } from '../kernel/errno.js';
import { CLEAN_PATH } from '../actions/enter-plan.js';
import { encodeText, fsPath, readText } from '../kernel/byte-names.js';
import * as libc from '../kernel/libc.js';
import type { NewLink } from '../kernel/link-changes.js';
import * as links from '../kernel/link-changes.js';
import { leadsTo, namespaceAt } from '../kernel/namespace-identity.js';
import {
  NETNS_DIRECTORY,
  makeNamespace,
  nameNamespace,
  namespaceOfName,
  removeName,
} from '../kernel/netns-files.js';
import { dhcpWords } from '../actions/dhcp-client.js';
import { sysctlPath } from '../actions/sysctl-path.js';
import { moveWiphy, readWiphys } from '../kernel/wireless.js';
import { changeLink, changeRoute, giveNextHop } from './link-handlers.js';
import { arrivals, checkLinks, ifindexOf, madeNamespaces, noteLink, seenLinks } from './link-identity.js';
import { must, mustNot } from './must.js';
import { NetnsTravel, nameOf } from './netns-travel.js';
import { VERBS } from './refusals.js';
import { Refused } from './refused.js';
import { runScript } from './script-inside.js';

const travel = new NetnsTravel();

function newLink(netns: NetnsPlace, options: NewLinkOptions, peerNetnsFd: number | null): NewLink {
  switch (options.kind) {
    case 'veth':
      return { ...options, peerNetnsFd };
    case 'macvlan':
    case 'macvtap':
    case 'vlan':
      return {
        ...options,
        lower: ifindexOf(options.lowerLink ?? { netns, name: options.lower, ifindex: null }),
      };
    default:
      return options;
  }
}

function addLink(netns: NetnsPlace, name: string, options: NewLinkOptions): void {
  const peer = options.kind === 'veth' && options.peerNetns ? travel.open(options.peerNetns) : null;
  try {
    travel.inside(netns, () => must('link-add', name, links.addLink(name, newLink(netns, options, peer))));
  } finally {
    if (peer !== null) libc.close(peer);
  }
}

/** The kernel's words where it is not the name itself that is taken in the target namespace. */
const ALTERNATIVE_NAME = /altname/;

function moveLink(link: LinkPlace, to: NetnsPlace, newName: string | null): void {
  // The kernel moves first and renames then: refused too late, it would be there under its old name.
  if (newName !== null && travel.inside(to, () => !links.isLinkRefusal(links.findLink(newName))))
    must('link-move', link.name, { errno: EEXIST, kernelMessage: '' });
  const target = travel.open(to);
  try {
    travel.inside(link.netns, () => {
      const refused = links.moveLink(ifindexOf(link), target, newName);
      if (refused && ALTERNATIVE_NAME.test(refused.kernelMessage))
        throw new Refused(
          `cannot move ${link.name}: one of its alternative names is taken there; "ip link property del dev ${link.name} altname NAME" takes it away`,
        );
      must('link-move', link.name, refused);
    });
  } finally {
    libc.close(target);
  }
}

/** The number of a device is the same everywhere, so the interface must be the one that was chosen. */
function carryWiphy(link: LinkPlace, phy: number, to: NetnsPlace): void {
  const target = travel.open(to);
  try {
    travel.inside(link.netns, () => {
      const wiphys = readWiphys();
      if (wiphys instanceof Map && wiphys.get(ifindexOf(link)) !== phy)
        throw new Refused(`${link.name} is not on phy${phy} any more: nothing was done`);
      must('wiphy-move', link.name, moveWiphy(phy, target));
    });
  } finally {
    libc.close(target);
  }
}

function addNamespace(name: string): void {
  try {
    mustNot('netns-add', name, makeNamespace());
    mustNot('netns-add', name, nameNamespace(name, '/proc/thread-self/ns/net'));
    const identity = namespaceAt('/proc/thread-self/ns/net');
    if (identity) madeNamespaces.set(name, { made: name, ...identity });
  } finally {
    travel.goHome();
  }
}

function attach({ name, namespace, onFile }: NetworkOperation & { operation: 'netns-attach' }): void {
  const fd = travel.open(namespace);
  try {
    if (onFile && namespaceOfName(name))
      throw new Refused(`the name ${name} leads to a namespace by now: nothing was done`);
    mustNot('netns-attach', name, nameNamespace(name, `/proc/self/fd/${fd}`, onFile));
  } finally {
    libc.close(fd);
  }
}

/** Where the name leads to must be what was meant; null: to no network namespace. */
function takeName({ name, of, keepFile }: NetworkOperation & { operation: 'netns-remove-name' }): void {
  if (of && !leadsTo(`${NETNS_DIRECTORY}/${name}`, of.key, of.namespaceId))
    throw new Refused(`${name} is the name of another network namespace now: nothing was done`);
  if (of === null && namespaceOfName(name)?.key.startsWith('net:'))
    throw new Refused(`${name} is the name of a network namespace now: nothing was done`);
  mustNot('netns-remove-name', name, removeName(name, keepFile));
}

/** /proc/sys/net shows the namespace of the thread that opens it. */
function setSysctl({ netns, name, value, before }: NetworkOperation & { operation: 'sysctl' }): void {
  const path = sysctlPath(name);
  travel.inside(netns, () => {
    try {
      const now = readText(path).trim();
      if (before !== null && now !== before)
        throw new Refused(`${name} is ${now} by now, not ${before}: nothing was done`);
      writeFileSync(fsPath(path), encodeText(value));
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(`cannot set ${name}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  });
}

/** A child of this thread is where the thread is. */
function runNft(netns: NetnsPlace, script: string): void {
  travel.inside(netns, () => {
    const { status, stderr, error } = spawnSync('nft', ['-f', '-'], {
      input: script,
      encoding: 'utf8',
      // Of the system: a package of Node has a program of that name, and npm puts it first.
      env: { PATH: CLEAN_PATH },
    });
    if (error) throw new Refused(`nft cannot be started: ${error.message}`);
    if (status !== 0) throw new Refused(`nft refused: ${stderr.trim().split('\n')[0] ?? ''}`);
  });
}

function changeLease(operation: LeaseOperation): void {
  const { link, client } = operation;
  travel.inside(link.netns, () => {
    ifindexOf(link);
    const failure = runScript(dhcpWords(operation));
    if (failure !== null)
      throw new Refused(
        `${VERBS[operation.operation]} ${link.name}: ${client.client}: ${failure.replace(`${client.client}: `, '')}`,
      );
  });
}

/** What the operations of a run made and moved: an undo means these. */
export function seenBy(operations: readonly Operation[]): Pick<Outcome, 'links' | 'namespaces'> {
  return { links: seenLinks(travel, operations), namespaces: [...madeNamespaces.values()] };
}

/** Throws `Refused`. */
export function performInNetwork(operation: NetworkOperation): void {
  checkLinks(travel, operation);
  perform(operation);
  for (const { netns, name } of arrivals(operation)) travel.inside(netns, () => noteLink(netns, name));
}

function perform(operation: NetworkOperation): void {
  switch (operation.operation) {
    case 'netns-add': {
      addNamespace(operation.name);
      return;
    }
    case 'netns-attach': {
      attach(operation);
      return;
    }
    case 'netns-remove-name': {
      takeName(operation);
      return;
    }
    case 'netns-set-id': {
      const { netns, target, netnsid } = operation;
      const fd = travel.open(target);
      try {
        travel.inside(netns, () => must('netns-set-id', nameOf(target), links.setNetnsid(fd, netnsid)));
      } finally {
        libc.close(fd);
      }
      return;
    }
    case 'link-add': {
      addLink(operation.netns, operation.name, operation.options);
      return;
    }
    case 'link-move': {
      moveLink(operation.link, operation.to, operation.newName);
      return;
    }
    case 'wiphy-move': {
      carryWiphy(operation.link, operation.phy, operation.to);
      return;
    }
    case 'route-add':
    case 'route-delete': {
      travel.inside(operation.netns, () => changeRoute(operation));
      return;
    }
    case 'next-hop-add': {
      travel.inside(operation.netns, () => giveNextHop(operation));
      return;
    }
    case 'sysctl': {
      setSysctl(operation);
      return;
    }
    case 'dhcp-start':
    case 'dhcp-stop': {
      changeLease(operation);
      return;
    }
    case 'nft': {
      runNft(operation.netns, operation.script);
      return;
    }
    default: {
      travel.inside(operation.link.netns, () => changeLink(operation, ifindexOf(operation.link)));
      return;
    }
  }
}

type LeaseOperation = Extract<NetworkOperation, { operation: 'dhcp-start' | 'dhcp-stop' }>;
