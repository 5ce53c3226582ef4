/** What view 3 keeps up to date and asks for: interfaces of all network namespaces, a firewall. */
import type { Link, NetworkModel } from '../analysis/network-model.js';
import { buildNetworkModel, singleFarEnd } from '../analysis/network-model.js';
import { noteRates } from '../analysis/link-rates.js';
import type { FirewallFact } from '../model/firewall.js';
import type { NetworkTableFact } from '../model/network-table.js';
import type { SampleFeed } from '../model/sample-feed.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { linkRowId, networkNamespaceRowId } from '../view/network-rows.js';
import { chosenId } from '../view/row-cursor.js';
import type { AppState } from './app-state.js';
import { currentView } from './app-state.js';
import type { Focus } from './focus.js';
import { focusTeller } from './focus.js';
import { namespaceUnderCursor, openTab, paneTabs } from './paint-detail.js';

export interface NetworkState {
  facts: readonly NetworkTableFact[];
  model: NetworkModel;
  /** Where `p` asks for the way to. */
  destination: string | null;
  firewall: FirewallFact | null;
  firewallAsked: NamespaceKey | null;
}

export function networkState(): NetworkState {
  return { facts: [], model: buildNetworkModel([]), destination: null, firewall: null, firewallAsked: null };
}

export class NetworkDesk {
  private readonly state: AppState;
  private readonly feed: SampleFeed;
  private readonly watch: (focus: Focus) => void;

  constructor(state: AppState, feed: SampleFeed) {
    this.state = state;
    this.feed = feed;
    this.watch = focusTeller((focus) => feed.watchNetworks(focus));
  }

  take(facts: readonly NetworkTableFact[]): void {
    const { network } = this.state;
    const before = new Map(network.facts.map((fact) => [fact.key, fact] as const));
    for (const fact of facts) {
      const known = before.get(fact.key);
      if (known && known !== fact) noteRates(known, fact);
    }
    network.facts = facts;
    network.model = buildNetworkModel(facts);
  }

  /** View 3 opens at the network namespace of the thing under the cursor. */
  enter(): void {
    const key = namespaceUnderCursor(this.state, 'net');
    if (key) {
      const view = this.state.views.network;
      view.chosen = chosenId(networkNamespaceRowId(key));
      view.hidden = view.lost = null;
    }
    this.watch(key ?? 'any');
  }

  leave(): void {
    this.watch(null);
  }

  /** The namespace under the cursor is kept fresh; its firewall is asked for when it is shown. */
  watchCursor(): void {
    const { state } = this;
    if (state.view !== 'network' || !state.model) return;
    const node = currentView(state).rows[currentView(state).cursor]?.node;
    const key = node?.link?.namespace ?? node?.key;
    this.watch(key ?? 'any');
    const isShown = state.detailShown && paneTabs(state)[openTab(state)]?.name === 'Firewall';
    if (!isShown || !key || state.replay || state.network.firewallAsked === key) return;
    state.network.firewallAsked = key;
    this.feed.askFirewall(key);
  }

  /** The row of the interface at the other end of this one; a sentence where there is no one such. */
  peerRow(link: Link): { rowId: string } | { reason: string } {
    const { model } = this.state.network;
    const far = model.farEnd(link);
    if (!far) return { reason: `${link.fact.name} has no other end` };
    const other = singleFarEnd(model, link);
    if (other) return { rowId: linkRowId(other) };
    return {
      reason:
        far.certainty === 'ambiguous'
          ? `it is not sure which of ${far.links.length} interfaces is the other end of ${link.fact.name}`
          : `the other end of ${link.fact.name} is out of sight`,
    };
  }
}
