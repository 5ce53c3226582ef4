/** `nsview wire`: changes to network namespaces and their interfaces, each shown first and done with --yes. */
import { planDhcp, planDhcpStop } from '../actions/dhcp-plans.js';
import { planDeleteLink, planMaster, planRename, planUpDown } from '../actions/link-plans.js';
import { planAddress } from '../actions/address-plans.js';
import { planMove } from '../actions/move-plans.js';
import { planAttach, planNetnsAdd, planRemoveName, planSetNetnsid } from '../actions/netns-plans.js';
import { planConnect, planNewLink } from '../actions/new-link-plans.js';
import type { Wire } from '../actions/new-link-plans.js';
import { planBridgedUplink, planInternet } from '../actions/way-out-plans.js';
import { MACVLAN_MODES } from '../actions/plan.js';
import type { MacvlanMode, NewLinkOptions, Plan } from '../actions/plan.js';
import type { Link } from '../analysis/network-model.js';
import { defaultUplink } from '../analysis/routing.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { planLines } from '../view/plan-lines.js';
import { GUARD_OPTIONS, PLAN_OPTIONS, carryOut } from './carry-out.js';
import type { CliContext } from './cli-context.js';
import type { CommandRecord, VerbRecord } from './command.js';
import { JSON_OPTION, SOCKETS_OPTION, STRICT_OPTION, reportGaps } from './command.js';
import type { NetworkQuestion } from './network-question.js';
import { askNetwork, netnsFor } from './network-question.js';
import type { ParsedArguments } from './option-parser.js';
import { UsageError } from './usage-error.js';

interface WireVerb extends VerbRecord {
  /** How many operands it takes, at least and at most. */
  count: readonly [number, number];
  plan: (question: NetworkQuestion, operands: readonly string[]) => Plan | Promise<Plan>;
}

/** `web-1:eth0`, `:eth0` or `eth0`: an interface of a namespace, else of ours. */
function splitPlace(question: NetworkQuestion, text: string): { key: NamespaceKey; name: string } {
  const colon = text.lastIndexOf(':');
  const where = colon > 0 ? text.slice(0, colon) : undefined;
  return { key: netnsFor(question, where, 'act'), name: text.slice(colon + 1) };
}

function linkFor(question: NetworkQuestion, text: string): Link {
  const { key, name } = splitPlace(question, text);
  const found = question.context.network.tables.get(key)?.links.find(({ fact }) => fact.name === name);
  if (!found) throw new Error(`there is no interface ${name} in ${key}`);
  return found;
}

/** `web-1:eth0=10.0.0.2/24`, `:veth0@br0`: as a port of a bridge there. */
function wireFor(question: NetworkQuestion, text: string): Wire {
  const [end = '', address = ''] = text.split(/=(.*)/s);
  const [place = '', master] = end.split('@');
  return { ...splitPlace(question, place), address, master: master ?? null };
}

function textOption({ args }: NetworkQuestion, name: string): string | null {
  const value = args.options.get(name);
  return typeof value === 'string' ? value : null;
}

function newLink(
  question: NetworkQuestion,
  place: string,
  options: NewLinkOptions,
  address: string | undefined,
): Plan {
  const { key, name } = splitPlace(question, place);
  return planNewLink(question.context, key, {
    name,
    options,
    addresses: address === undefined ? [] : [address],
    up: true,
    master: textOption(question, 'master'),
  });
}

async function internet(question: NetworkQuestion, [place, device]: readonly string[]): Promise<Plan> {
  const { context } = question;
  const key = netnsFor(question, place, 'act');
  const host = netnsFor(question, undefined);
  const table = context.network.tables.get(host);
  const uplink = device === undefined ? table && defaultUplink(table) : linkFor(question, device);
  if (!uplink)
    return {
      ok: false,
      reason: 'your network namespace has no default route: name the interface that leads out',
    };
  if (!question.args.options.has('bridge')) return planInternet(context, key, uplink);
  const { dhcp } = await question.cli.probeTools();
  return planBridgedUplink(context, key, uplink, { address: textOption(question, 'address'), client: dhcp });
}

const VERBS: readonly WireVerb[] = [
  {
    verb: 'netns',
    operands: 'NAME',
    summary: 'make a network namespace with this name, its loopback up',
    count: [1, 1],
    plan: ({ context }, [name]) => planNetnsAdd(context, name!),
  },
  {
    verb: 'attach',
    operands: 'NAME NETNS|PID',
    summary: 'give any network namespace a name, that ip netns knows then; repairs one that leads nowhere',
    count: [2, 2],
    plan: (question, [name, place]) => planAttach(question.context, netnsFor(question, place, 'act'), name!),
  },
  {
    verb: 'remove-name',
    operands: 'NAME',
    summary: 'take the name away, also a broken one; what becomes of the namespace is said',
    count: [1, 1],
    plan: ({ context }, [name]) => planRemoveName(context, name!),
  },
  {
    verb: 'number',
    operands: 'NETNS ID [FROM]',
    summary: 'give it a netnsid, as FROM (yours) counts',
    count: [2, 3],
    plan: (question, [place, id, from]) =>
      planSetNetnsid(
        question.context,
        netnsFor(question, from, 'act'),
        netnsFor(question, place, 'act'),
        Number(id),
      ),
  },
  {
    verb: 'move',
    operands: '[NETNS:]LINK NETNS|PID',
    summary: 'move an interface; --keep takes addresses, routes and up state along, --name renames it',
    count: [2, 2],
    plan: (question, [link, to]) =>
      planMove(question.context, linkFor(question, link!), netnsFor(question, to, 'act'), {
        keep: question.args.options.has('keep'),
        newName: textOption(question, 'name'),
        master: textOption(question, 'master'),
      }),
  },
  ...(['up', 'down'] as const).map((verb): WireVerb => ({
    verb,
    operands: '[NETNS:]LINK',
    summary: `set an interface ${verb}`,
    count: [1, 1],
    plan: (question, [link]) => planUpDown(question.context, linkFor(question, link!), verb === 'up'),
  })),
  {
    verb: 'rename',
    operands: '[NETNS:]LINK NEW',
    summary: 'rename an interface',
    count: [2, 2],
    plan: (question, [link, name]) => planRename(question.context, linkFor(question, link!), name!),
  },
  {
    verb: 'delete',
    operands: '[NETNS:]LINK',
    summary: 'delete an interface, with what goes along',
    count: [1, 1],
    plan: (question, [link]) => planDeleteLink(question.context, linkFor(question, link!)),
  },
  {
    verb: 'port',
    operands: '[NETNS:]LINK BRIDGE|none',
    summary: 'make it a port of a bridge, or take it out',
    count: [2, 2],
    plan: (question, [link, master]) =>
      planMaster(question.context, linkFor(question, link!), master === 'none' ? null : master!),
  },
  ...(['address', 'unaddress'] as const).map((verb): WireVerb => ({
    verb,
    operands: '[NETNS:]LINK ADDRESS/LENGTH',
    summary: verb === 'address' ? 'give it an address' : 'take an address away',
    count: [2, 2],
    plan: (question, [link, address]) =>
      planAddress(question.context, linkFor(question, link!), address!, verb === 'address'),
  })),
  {
    verb: 'connect',
    operands: '[NETNS:]LINK[@BRIDGE][=ADDRESS] [NETNS:]LINK[@BRIDGE][=ADDRESS]',
    summary:
      'connect two namespaces by a veth pair, both ends up: addresses, ports of bridges (with an uplink: a way out)',
    count: [2, 2],
    plan: (question, [a, b]) => planConnect(question.context, wireFor(question, a!), wireFor(question, b!)),
  },
  ...(['bridge', 'dummy'] as const).map((kind): WireVerb => ({
    verb: kind,
    operands: '[NETNS:]NAME [ADDRESS]',
    summary: `make a ${kind}, up`,
    count: [1, 2],
    plan: (question, [place, address]) => newLink(question, place!, { kind }, address),
  })),
  {
    verb: 'macvlan',
    operands: '[NETNS:]NAME LOWER [ADDRESS]',
    summary: 'make a macvlan on an interface of the same namespace; --mode',
    count: [2, 3],
    plan: (question, [place, lower, address]) => {
      const mode = (textOption(question, 'mode') ?? 'bridge') as MacvlanMode;
      return newLink(question, place!, { kind: 'macvlan', lower: lower!, mode }, address);
    },
  },
  {
    verb: 'vlan',
    operands: '[NETNS:]NAME LOWER ID [ADDRESS]',
    summary: 'make a vlan on an interface of the same namespace',
    count: [3, 4],
    plan: (question, [place, lower, id, address]) =>
      newLink(question, place!, { kind: 'vlan', lower: lower!, id: Number(id) }, address),
  },
  ...(['dhcp', 'release'] as const).map((verb): WireVerb => ({
    verb,
    operands: '[NETNS:]LINK',
    summary:
      verb === 'dhcp'
        ? 'ask for an address by the DHCP client that is installed: udhcpc, dhclient or dhcpcd'
        : 'give the address back, and end the client that "wire dhcp" started',
    count: [1, 1],
    plan: async (question, [place]) => {
      const link = linkFor(question, place!);
      const { dhcp } = await question.cli.probeTools();
      return (verb === 'dhcp' ? planDhcp : planDhcpStop)(question.context, link, dhcp);
    },
  })),
  {
    verb: 'internet',
    operands: 'NETNS|PID [UPLINK]',
    summary:
      'give it a way out, by the interface of your default route where none is named: NAT by nft, or --bridge',
    count: [1, 2],
    plan: internet,
  },
];

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const [word, ...operands] = args.operands;
  const verb = VERBS.find((record) => record.verb === word);
  if (!verb) throw new UsageError(`wire what? ${VERBS.map(({ verb: name }) => name).join(', ')}`);
  const [least, most] = verb.count;
  if (operands.length < least || operands.length > most)
    throw new UsageError(`nsview wire ${verb.verb} ${verb.operands}`);
  const question = await askNetwork(cli, args, 'all');
  await carryOut(
    cli,
    args,
    await verb.plan(question, operands),
    (plan) => planLines(null, plan),
    question.context.model,
  );
  return reportGaps(cli, args, question.snapshot);
}

export const WIRE_COMMAND: CommandRecord = {
  name: 'wire',
  operands: 'VERB ...',
  summary: 'make, name, connect and remove network namespaces; make, move and change interfaces',
  verbs: VERBS,
  options: [
    { long: 'keep', help: 'move: addresses, routes and up state go along' },
    { long: 'name', argument: 'NAME', help: 'move: its name there' },
    {
      long: 'master',
      argument: 'BRIDGE',
      help: 'of a new or moved interface: the bridge there that it is a port of',
    },
    {
      long: 'bridge',
      help: 'internet: a place in the network of the uplink, by a bridge that takes its addresses over',
    },
    {
      long: 'address',
      argument: 'ADDRESS/LENGTH',
      help: 'internet --bridge: its address there; without it one is asked for by DHCP',
    },
    {
      long: 'mode',
      argument: 'MODE',
      choices: MACVLAN_MODES,
      help: 'macvlan: bridge where none is given',
    },
    ...PLAN_OPTIONS,
    ...GUARD_OPTIONS,
    JSON_OPTION,
    STRICT_OPTION,
    SOCKETS_OPTION,
  ],
  run,
};
