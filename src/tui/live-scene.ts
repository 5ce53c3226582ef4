/**
 * What plans are made of, as it is now: menus and forms stay open while the machine changes. Things that were chosen
 * are looked up again by what tells them from others; one that is gone is a sentence, thrown.
 */
import type { MountScene } from '../actions/mount-plans.js';
import type { NetworkScene } from '../actions/network-steps.js';
import type { InteriorModel } from '../analysis/interior-model.js';
import type { Mount, MountModel } from '../analysis/mount-model.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Link, NetworkModel } from '../analysis/network-model.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import { mountRowId } from '../view/mount-rows.js';
import { linkIdentity } from '../view/network-rows.js';
import { namespaceIdentity, processIdentity } from '../view/row-trees.js';
import type { AppState } from './app-state.js';

function gone(what: string): Error {
  return new Error(`${what} is gone: nothing was done`);
}

function another(what: string): Error {
  return new Error(`${what} is another one by now: nothing was done`);
}

function differ(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

export class LiveScene implements NetworkScene, MountScene {
  private readonly state: AppState;
  /** When the menu or form was opened. */
  private readonly opened: Model;

  constructor(state: AppState) {
    this.state = state;
    this.opened = state.model!;
  }

  get model(): Model {
    return this.state.model!;
  }

  get network(): NetworkModel {
    return this.state.network.model;
  }

  get mounts(): MountModel {
    return this.state.mounts.model;
  }

  get interiors(): InteriorModel {
    return this.state.interiors;
  }

  /** The namespace itself, not one that got its inode number. */
  namespace(key: NamespaceKey): NamespaceKey {
    const [before, now] = [this.opened, this.model].map((model) => model.namespaces.get(key)?.fact);
    if (before && !now) throw gone(`${key} ${namespaceName(this.opened, key)}`);
    if (differ(namespaceIdentity(before), namespaceIdentity(now))) throw another(key);
    return key;
  }

  link(known: Link): Link {
    this.namespace(known.namespace);
    const { name } = known.fact;
    const link = this.network.linkAt(known.namespace, known.fact.ifindex);
    if (!link) throw gone(name);
    if (linkIdentity(this.opened, known) !== linkIdentity(this.opened, link)) throw another(name);
    return link;
  }

  mount(known: Mount): Mount {
    this.namespace(known.namespace);
    const mount = this.mounts.tables.get(known.namespace)?.byId.get(known.mountId);
    if (!mount) throw gone(`the mount ${known.mountPoint}`);
    if (mountRowId(mount) !== mountRowId(known)) throw another(`the mount ${known.mountPoint}`);
    return mount;
  }

  process(known: ProcessFact): ProcessFact {
    const process = this.model.processes.get(known.pid);
    if (!process) throw gone(`process ${known.pid}`);
    if (differ(processIdentity(known), processIdentity(process))) throw another(`process ${known.pid}`);
    return process;
  }
}
