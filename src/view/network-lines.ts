/** What there is to say of interfaces and network namespaces, as lines: detail pane and `nsview net`. */
import type { Model } from '../model/model.js';
import type { NeighbourFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { rateOf } from '../analysis/link-rates.js';
import { movabilityOf } from '../analysis/movability.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { LinkFate, NetnsDeletion } from '../analysis/netns-deletion.js';
import type { FarEnd, Link } from '../analysis/network-model.js';
import { isPeerKind } from '../analysis/network-model.js';
import type { PathTrace, TraceStep } from '../analysis/path-trace.js';
import { routeTableName, routeText, ruleText } from '../analysis/route-words.js';
import { clean } from './clean.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import type { NetworkContext } from './network-words.js';
import {
  addressText,
  birthLabel,
  byteWords,
  farEndLabel,
  linkKind,
  linkLabel,
  linkState,
  ownAddressWords,
  sortedAddresses,
} from './network-words.js';
import { unseenLines } from './unseen-lines.js';
import { reasonLines } from './reason-lines.js';
import { padText } from './text-width.js';

function field(name: string, ...rest: Line): Line {
  return [span(padText(name, 12), 'dim'), ...rest];
}

function head(text: string): Line {
  return [span(text, 'title')];
}

// ---- one interface -------------------------------------------------------------------------------------------

const CERTAINTY_WORDS: Record<FarEnd['certainty'], string> = {
  same: '',
  known: '',
  likely: '  likely: only this one names it as its other end, the namespace could not be asked',
  ambiguous: '  it cannot be told which: several interfaces name this one as their other end',
  unknown: '  no namespace in sight holds it',
};

function farEndLine({ model }: NetworkContext, link: Link, far: FarEnd): Line {
  const isSure = far.certainty === 'same' || far.certainty === 'known';
  const number =
    far.netnsid === null
      ? ''
      : `  netnsid ${far.netnsid} as ${namespaceName(model, link.namespace)} numbers it`;
  return field(
    isPeerKind(link.fact) ? 'peer' : 'stands on',
    span(clean(farEndLabel(model, link.namespace, far)), isSure ? 'accent' : 'warn'),
    span(clean(`${number}${CERTAINTY_WORDS[far.certainty]}`), 'dim'),
  );
}

function tieLines(context: NetworkContext, link: Link): Line[] {
  const { model, network } = context;
  const lines: Line[] = [];
  const far = network.farEnd(link);
  const birth = birthLabel(context, link);
  if (birth !== null) lines.push(field('born in', span(clean(birth), 'accent')));
  if (far) {
    lines.push(farEndLine(context, link, far));
    const [peer] = far.links;
    const master = far.links.length === 1 && isPeerKind(link.fact) ? network.master(peer!) : null;
    if (master) lines.push(field('', span(clean(`  a port of ${linkLabel(model, master, link.namespace)}`))));
  }
  const master = network.master(link);
  if (master)
    lines.push(
      field(
        'port of',
        span(clean(master.fact.name), 'accent'),
        span(link.fact.portState === null ? '' : `  ${link.fact.portState}`, 'dim'),
      ),
    );
  const list = (name: string, links: readonly Link[]): void => {
    if (links.length === 0) return;
    const labels = links.map((each) => linkLabel(model, each, link.namespace)).join(', ');
    lines.push(field(name, span(clean(labels), 'accent')));
  };
  list('ports', network.ports(link));
  list('carries', network.uppers(link));
  return lines;
}

export function linkLines(context: NetworkContext, link: Link): Line[] {
  const { model, network } = context;
  const { fact, namespace } = link;
  const { word, role } = linkState(fact);
  const movability = movabilityOf(fact);
  const lines: Line[] = [
    field('interface', span(clean(fact.name), 'strong'), span(`  index ${fact.ifindex}`, 'dim')),
    field(
      'kind',
      span(clean(linkKind(fact))),
      span(fact.parentDevice === null ? '' : clean(`  device ${fact.parentDevice}`), 'dim'),
    ),
    field('state', span(word, role), span(`  mtu ${fact.mtu}  qdisc ${clean(fact.queueDiscipline)}`, 'dim')),
    field('namespace', span(clean(namespaceName(model, namespace)), 'net'), span(`  ${namespace}`, 'dim')),
  ];
  if (fact.alternativeNames.length > 0)
    lines.push(field('also', span(clean(fact.alternativeNames.join(', ')))));
  if (fact.address !== '') lines.push(field('hardware', span(fact.address)));
  sortedAddresses(link).forEach((address, at) => {
    const notes = [address.scope, ...address.flags.filter((flag) => flag !== 'permanent')].join(' ');
    lines.push(field(at === 0 ? 'address' : '', span(addressText(address)), span(`  ${notes}`, 'dim')));
  });
  lines.push(...tieLines(context, link));
  lines.push(
    field('move', span(clean(movability.reason), movability.answer === 'movable' ? 'good' : 'warn')),
  );
  for (const [name, value] of Object.entries(fact.details))
    lines.push(field(name, span(clean(String(value)))));
  const table = network.tables.get(namespace);
  lines.push(...trafficLines(link, table ? rateOf(table.fact, fact.ifindex) : null));
  return lines;
}

function trafficLines({ fact }: Link, rate: ReturnType<typeof rateOf>): Line[] {
  const { statistics: counted } = fact;
  const line = (name: 'rx' | 'tx', words: string): Line => {
    const problems = counted[`${name}Errors`] + counted[`${name}Dropped`];
    const perSecond = rate ? `${byteWords(rate[`${name}BytesPerSecond`])}B/s  ` : '';
    return field(
      words,
      span(perSecond, 'accent'),
      span(`${byteWords(counted[`${name}Bytes`])}B in ${counted[`${name}Packets`]} packets`),
      span(
        `  ${counted[`${name}Errors`]} errors, ${counted[`${name}Dropped`]} dropped`,
        problems > 0 ? 'warn' : 'dim',
      ),
    );
  };
  return [line('rx', 'received'), line('tx', 'sent')];
}

// ---- routes, rules, neighbours -------------------------------------------------------------------------------

/** Routes by table, main first; of one interface only where that is given. */
export function routeLines({ network }: NetworkContext, key: NamespaceKey, ifindex?: number): Line[] {
  const table = network.tables.get(key);
  if (!table) return [[span('not readable', 'warn')]];
  const nameOf = (index: number): string => table.byIfindex.get(index)?.fact.name ?? `if${index}`;
  const routes = table.fact.routes.filter(
    (route) =>
      ifindex === undefined ||
      route.outInterface === ifindex ||
      route.nextHops.some(({ outInterface }) => outInterface === ifindex),
  );
  const lines: Line[] = [];
  const numbers = [...new Set(routes.map((route) => route.table))];
  numbers.sort((a, b) => Number(b === 254) - Number(a === 254) || a - b);
  for (const number of numbers) {
    lines.push(head(`table ${routeTableName(number)}`));
    for (const route of routes) {
      if (route.table !== number) continue;
      const isBad = route.flags.length > 0 || ['blackhole', 'unreachable', 'prohibit'].includes(route.kind);
      lines.push([span('  '), span(clean(routeText(route, nameOf)), isBad ? 'warn' : 'text')]);
    }
  }
  if (routes.length === 0) lines.push([span('no routes', 'warn')]);
  if (ifindex !== undefined) return lines;
  lines.push(head('rules'));
  for (const rule of table.fact.rules) {
    const { priority, family } = rule;
    const words = `${priority}: ${ruleText(rule)}`;
    lines.push([span('  '), span(clean(words)), span(family === 'inet' ? '' : `  ${family}`, 'dim')]);
  }
  const { ipv4, ipv6 } = table.fact.forwarding;
  const word = (value: boolean | null): string => (value === null ? 'unknown' : value ? 'on' : 'off');
  lines.push(field('forwarding', span(`IPv4 ${word(ipv4)}, IPv6 ${word(ipv6)}`)));
  return lines;
}

const NEIGHBOUR_ROLES: Record<string, Role> = {
  REACHABLE: 'good',
  PERMANENT: 'good',
  FAILED: 'bad',
  INCOMPLETE: 'warn',
};

export function neighbourLines({ network }: NetworkContext, key: NamespaceKey, ifindex?: number): Line[] {
  const table = network.tables.get(key);
  const neighbours = (table?.fact.neighbours ?? []).filter(
    (each) => ifindex === undefined || each.ifindex === ifindex,
  );
  if (neighbours.length === 0) return [[span('no neighbours are known', 'dim')]];
  return neighbours.map((each: NeighbourFact): Line => [
    span(padText(each.address, 28)),
    span(padText(clean(table!.byIfindex.get(each.ifindex)?.fact.name ?? '?'), 16), 'dim'),
    span(padText(each.hardwareAddress || '-', 20)),
    span(each.state, NEIGHBOUR_ROLES[each.state] ?? 'dim'),
  ]);
}

// ---- what if it is deleted -----------------------------------------------------------------------------------

function fateLine({ model }: NetworkContext, fate: LinkFate): Line[] {
  const { link, newName, lostNames, takesAlong, losesUnseenPeer } = fate;
  const name = span(padText(clean(link.fact.name), 16), 'strong');
  const lost = lostNames.length === 0 ? '' : `, and loses the names ${lostNames.join(', ')}: they are taken`;
  const words =
    fate.fate === 'returns'
      ? span(
          clean(`goes to the initial namespace as ${newName!}, down, without its addresses${lost}`),
          'good',
        )
      : span('is destroyed', 'warn');
  return [
    [name, span(padText(linkKind(link.fact), 10), 'dim'), words],
    ...takesAlong.map((each) => alongLine(model, each, '')),
    ...(losesUnseenPeer ? [[span('    and with it its other end, which is out of sight', 'bad')]] : []),
  ];
}

function alongLine(model: Model, link: Link, why: string): Line {
  return [
    span(clean(`    and with it ${linkLabel(model, link, null)} (${linkKind(link.fact)})${why}`), 'bad'),
  ];
}

export function deletionLines(context: NetworkContext, deletion: NetnsDeletion): Line[] {
  if (deletion.isInitial) {
    return [[span('this is the initial network namespace: it lives as long as the kernel', 'dim')]];
  }
  const { model, network } = context;
  const reasons = deletion.reasons.flatMap((reason) => reasonLines(model, reason));
  return [
    head('when it ends, its interfaces'),
    ...deletion.fates.flatMap((fate) => fateLine(context, fate)),
    ...deletion.tunnels.map((link) =>
      alongLine(model, link, network.birthOf(link) === deletion.key ? ', which was made here' : ''),
    ),
    ...deletion.silenced.map((link): Line => [
      span(
        clean(`    ${linkLabel(model, link, null)} (${linkKind(link.fact)}) was made here: it stays, mute`),
        'bad',
      ),
    ]),
    [],
    head('seen to keep it until then'),
    ...reasons,
    ...unseenLines(context.model, deletion.key),
  ];
}

// ---- path ----------------------------------------------------------------------------------------------------

const HOW_WORDS: Record<(TraceStep & { step: 'link' })['how'], string> = {
  out: 'out of',
  peer: 'into its peer',
  bridge: 'through the bridge',
  port: 'out of its port',
  lower: 'down to',
  in: 'taken in at',
};

function stepLine({ model, network }: NetworkContext, step: TraceStep): Line {
  const place = (key: NamespaceKey): string => padText(clean(namespaceName(model, key)), 16);
  switch (step.step) {
    case 'route': {
      const nameOf = (index: number): string =>
        network.linkAt(step.namespace, index)?.fact.name ?? `if${index}`;
      return [
        span(place(step.namespace), 'net'),
        span(' route    ', 'dim'),
        span(clean(routeText(step.choice.route, nameOf))),
        span(step.choice.isOneOfSeveral ? '  (one of several next hops)' : '', 'warn'),
      ];
    }
    case 'link':
      return [
        span(place(step.link.namespace), 'net'),
        span(step.how === 'peer' ? ' ⇣        ' : ' │        ', 'accent'),
        span(`${HOW_WORDS[step.how]} `, 'dim'),
        span(clean(step.link.fact.name), 'strong'),
        span(clean(`  ${linkKind(step.link.fact)}  ${ownAddressWords(step.link).split(' ')[0]!}`), 'dim'),
      ];
    case 'forward':
      return [span(place(step.namespace), 'net'), span(' forwards', 'dim')];
    case 'arrived':
      return [
        span(place(step.namespace), 'net'),
        span(' ✓ arrives', 'good'),
        span(step.link ? clean(` at ${step.link.fact.name}`) : '', 'dim'),
      ];
    case 'leaves':
      return [
        span(place(step.link.namespace), 'net'),
        span(' → leaves the machine', 'good'),
        span(clean(` by ${step.link.fact.name} to ${step.nextHop}`)),
      ];
    case 'broken':
      return [span(place(step.namespace), 'net'), span(' ✗ ', 'bad'), span(clean(step.reason), 'bad')];
  }
}

export function traceLines(context: NetworkContext, trace: PathTrace): Line[] {
  return [
    ...trace.steps.map((step) => stepLine(context, step)),
    [],
    [span('routes, links and forwarding were followed; firewall rules and NAT were not', 'dim')],
  ];
}
