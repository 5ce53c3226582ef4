/** Tabs of the detail pane in view 3: for an interface, and for a network namespace. */
import type { FirewallFact } from '../model/firewall.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { forecastDeletion } from '../analysis/netns-deletion.js';
import type { Link } from '../analysis/network-model.js';
import { tracePath } from '../analysis/path-trace.js';
import { clean } from './clean.js';
import type { DetailSubject } from './detail-tabs.js';
import { DETAIL_TABS } from './detail-tabs.js';
import { firewallLines } from './firewall-lines.js';
import { jsonLines } from './json-lines.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { deletionLines, linkLines, neighbourLines, routeLines, traceLines } from './network-lines.js';
import type { PictureGlyphs } from './network-picture.js';
import { neighbourhood, pictureLines } from './network-picture.js';
import type { NetworkContext } from './network-words.js';

/** What was asked besides the thing itself. */
export interface NetworkQuestions {
  /** Where `p` asked for the way to; null: nowhere yet. */
  destination: string | null;
  firewall: FirewallFact | null;
  /** Why it is not known. */
  firewallNote: string;
  glyphs: PictureGlyphs;
}

export interface LinkTab {
  name: string;
  lines: (context: NetworkContext, link: Link, questions: NetworkQuestions) => Line[];
}

export interface NetnsTab {
  name: string;
  lines: (
    context: NetworkContext,
    key: NamespaceKey,
    questions: NetworkQuestions,
    subject: DetailSubject,
  ) => Line[] | null;
}

function path(context: NetworkContext, key: NamespaceKey, { destination }: NetworkQuestions): Line[] {
  if (destination === null)
    return [[span('p asks for a destination, and its path is traced from here', 'dim')]];
  const trace = tracePath(context.network, key, destination);
  if (!trace) return [[span(clean(`${destination} is not an IP address`), 'warn')]];
  return [[span(clean(`to ${destination}`), 'strong')], ...traceLines(context, trace)];
}

export const LINK_TABS: readonly LinkTab[] = [
  { name: 'Interface', lines: linkLines },
  { name: 'Path', lines: (context, { namespace }, questions) => path(context, namespace, questions) },
  { name: 'Routes', lines: (context, { namespace, fact }) => routeLines(context, namespace, fact.ifindex) },
  {
    name: 'Neighbours',
    lines: (context, { namespace, fact }) => neighbourLines(context, namespace, fact.ifindex),
  },
  { name: 'Raw', lines: (_, link) => jsonLines(link) },
];

const fromFacts = (name: string): NetnsTab => ({
  name,
  lines: ({ model }, _, __, subject) => DETAIL_TABS.find((tab) => tab.name === name)!.lines(model, subject),
});

export const NETNS_TABS: readonly NetnsTab[] = [
  {
    name: 'Picture',
    lines: (context, key, { glyphs }) => pictureLines(context, neighbourhood(context, key), glyphs),
  },
  { name: 'Path', lines: path },
  { name: 'Routes', lines: (context, key) => routeLines(context, key) },
  { name: 'Neighbours', lines: (context, key) => neighbourLines(context, key) },
  {
    name: 'If deleted',
    lines: (context, key) => deletionLines(context, forecastDeletion(context.model, context.network, key)),
  },
  {
    name: 'Firewall',
    lines: (_, __, { firewall, firewallNote }) =>
      firewall ? firewallLines(firewall) : [[span(firewallNote, 'dim')]],
  },
  fromFacts('Why alive'),
  fromFacts('Processes'),
  fromFacts('Raw'),
];
