/** Operations in network namespaces: what must still hold, and the call itself. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { LinkPlace, NetnsPlace, NetworkOperation, NewLinkOptions, RoutePlace } from '../actions/plan.js';
import { EEXIST, errnoName } from '../kernel/errno.js';
import { CLEAN_PATH } from '../actions/enter-plan.js';
import * as libc from '../kernel/libc.js';
import type { NewLink, Result } from '../kernel/link-changes.js';
import * as links from '../kernel/link-changes.js';
import { makeNamespace, nameNamespace, removeName } from '../kernel/netns-files.js';
import { dhcpWords } from '../actions/dhcp-client.js';
import { sysctlPath } from '../actions/sysctl-path.js';
import { moveWiphy, readWiphys } from '../kernel/wireless.js';
import { NetnsTravel, nameOf } from './netns-travel.js';
import { VERBS, explainKernelRefusal, explainRefusal } from './refusals.js';
import { Refused } from './refused.js';
import { runScript } from './script-inside.js';

const travel = new NetnsTravel();

function must(operation: NetworkOperation['operation'], subject: string, result: Result): void {
  if (result) throw new Refused(explainKernelRefusal(operation, subject, result.errno, result.kernelMessage));
}

function mustNot(operation: NetworkOperation['operation'], subject: string, negative: number): void {
  if (negative < 0) throw new Refused(explainRefusal(operation, subject, -negative));
}

/** The number of an interface in the namespace that we are in; it must be the one that was chosen. */
function ifindexOf({ name, ifindex }: Pick<LinkPlace, 'name' | 'ifindex'>): number {
  const found = links.findLink(name);
  if (links.isLinkRefusal(found))
    throw new Refused(`there is no interface ${name} any more: ${errnoName(found.errno)}`);
  if (ifindex !== null && found.ifindex !== ifindex)
    throw new Refused(`${name} is another interface by now: nothing was done`);
  return found.ifindex;
}

function newLink(options: NewLinkOptions, peerNetnsFd: number | null): NewLink {
  switch (options.kind) {
    case 'veth':
      return { ...options, peerNetnsFd };
    case 'macvlan':
    case 'vlan':
      return { ...options, lower: ifindexOf({ name: options.lower, ifindex: null }) };
    default:
      return options;
  }
}

function addLink(netns: NetnsPlace, name: string, options: NewLinkOptions): void {
  const peer = options.kind === 'veth' && options.peerNetns ? travel.open(options.peerNetns) : null;
  try {
    travel.inside(netns, () => must('link-add', name, links.addLink(name, newLink(options, peer))));
  } finally {
    if (peer !== null) libc.close(peer);
  }
}

function moveLink(link: LinkPlace, to: NetnsPlace, newName: string | null): void {
  // The kernel moves first and renames then: refused too late, it would be there under its old name.
  if (newName !== null && travel.inside(to, () => !links.isLinkRefusal(links.findLink(newName))))
    must('link-move', link.name, { errno: EEXIST, kernelMessage: '' });
  const target = travel.open(to);
  try {
    travel.inside(link.netns, () =>
      must('link-move', link.name, links.moveLink(ifindexOf(link), target, newName)),
    );
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
  } finally {
    travel.goHome();
  }
}

function attach(name: string, place: NetnsPlace): void {
  const fd = travel.open(place);
  try {
    mustNot('netns-attach', name, nameNamespace(name, `/proc/self/fd/${fd}`));
  } finally {
    libc.close(fd);
  }
}

function changeRoute(add: boolean, netns: NetnsPlace, route: RoutePlace): void {
  travel.inside(netns, () => {
    const { device, ...rest } = route;
    const ifindex = device === null ? null : ifindexOf({ name: device, ifindex: null });
    must(add ? 'route-add' : 'route-delete', route.destination, links.changeRoute(add, { ...rest, ifindex }));
  });
}

/** /proc/sys/net shows the namespace of the thread that opens it. */
function setSysctl({ netns, name, value, before }: NetworkOperation & { operation: 'sysctl' }): void {
  const path = sysctlPath(name);
  travel.inside(netns, () => {
    try {
      const now = readFileSync(path, 'utf8').trim();
      if (before !== null && now !== before)
        throw new Refused(`${name} is ${now} by now, not ${before}: nothing was done`);
      writeFileSync(path, value);
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

/** Throws `Refused`. */
export function performInNetwork(operation: NetworkOperation): void {
  switch (operation.operation) {
    case 'netns-add': {
      addNamespace(operation.name);
      return;
    }
    case 'netns-attach': {
      attach(operation.name, operation.namespace);
      return;
    }
    case 'netns-remove-name': {
      mustNot('netns-remove-name', operation.name, removeName(operation.name));
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
      changeRoute(operation.operation === 'route-add', operation.netns, operation.route);
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

type LinkOperation = Extract<NetworkOperation, { link: LinkPlace }>;
type MoveOperation = { operation: 'link-move' | 'wiphy-move' };
type LeaseOperation = Extract<NetworkOperation, { operation: 'dhcp-start' | 'dhcp-stop' }>;

function changeLink(
  operation: Exclude<LinkOperation, LeaseOperation | MoveOperation>,
  ifindex: number,
): void {
  const { name } = operation.link;
  const result = (): Result => {
    switch (operation.operation) {
      case 'link-delete':
        return links.deleteLink(ifindex);
      case 'link-up':
      case 'link-down':
        return links.setLink(ifindex, { up: operation.operation === 'link-up' });
      case 'link-rename':
        return links.setLink(ifindex, { name: operation.newName });
      case 'link-master':
        return links.setLink(ifindex, {
          master: operation.master === null ? 0 : ifindexOf({ name: operation.master, ifindex: null }),
        });
      case 'address-add':
        return links.changeAddress(operation.replace ? 'replace' : 'add', ifindex, operation.address);
      case 'address-delete':
        return links.changeAddress('delete', ifindex, operation.address);
    }
  };
  const subject = 'address' in operation ? operation.address : name;
  must(operation.operation, subject, result());
}
