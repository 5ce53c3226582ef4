/** What can be done inside of uts and ipc namespaces: the menu, its reasons and its keys. */
import { planRemoveIpc, planUtsName } from '../actions/inside-plans.js';
import type { Plan, UtsName } from '../actions/plan.js';
import type { IpcObject } from '../analysis/interior-model.js';
import { ipcObjectName, ipcObjects } from '../analysis/interior-model.js';
import type { UtsFact } from '../model/interior.js';
import type { Model } from '../model/model.js';
import type { NamespaceNode } from '../model/model.js';
import type { MenuItem } from './dialog.js';
import type { LiveScene } from './live-scene.js';
import { isSameObject } from './paint-detail.js';

const NAMES: readonly { name: UtsName; label: string; note: string }[] = [
  { name: 'hostname', label: 'change the hostname …', note: 'sethostname(2)' },
  { name: 'domain', label: 'change the NIS domain …', note: 'setdomainname(2)' },
];

/** Another name than it has, to ask whether it could be changed at all. */
function probe(model: Model, fact: UtsFact, name: UtsName): Plan {
  return planUtsName(model, fact, name, fact[name] === 'a' ? 'b' : 'a');
}

function nameItems(model: Model, fact: UtsFact, forbidden: string | null): MenuItem[] {
  return NAMES.map(({ name, label, note }): MenuItem => {
    const plan = probe(model, fact, name);
    const refusal = forbidden ?? (plan.ok ? null : plan.reason);
    return {
      label,
      note: refusal ?? `${note}; now ${fact[name]}`,
      isDisabled: refusal !== null,
      choose: (app) => app.ask(name),
    };
  });
}

/** Ids of System V objects are counted on, but not for ever. */
function again({ interiors }: LiveScene, object: IpcObject): IpcObject {
  const fact = interiors.of('ipc', object.namespace);
  const name = ipcObjectName(object);
  const found = fact && ipcObjects(fact).find((each) => ipcObjectName(each) === name);
  if (!found) throw new Error(`${name} is gone: nothing was done`);
  if (!isSameObject(found, object)) throw new Error(`${name} is another one by now: nothing was done`);
  return found;
}

function removeItem(scene: LiveScene, object: IpcObject, forbidden: string | null): MenuItem {
  const { model } = scene;
  const plan = planRemoveIpc(model, object);
  const refusal = forbidden ?? (plan.ok ? null : plan.reason);
  return {
    label: `remove ${ipcObjectName(object)}`,
    note: refusal ?? (object.objectKind === 'mq' ? 'mq_unlink(3)' : 'ipcrm(1)'),
    isDisabled: refusal !== null,
    choose: (app) => app.acts.confirm(() => planRemoveIpc(scene.model, again(scene, object))),
  };
}

/** Of a namespace in view 7; null: nothing can be done inside of this kind. */
export function insideMenu(
  scene: LiveScene,
  { fact }: NamespaceNode,
  forbidden: string | null,
): MenuItem[] | null {
  const { model, interiors } = scene;
  const uts = interiors.of('uts', fact.key);
  if (uts) return nameItems(model, uts, forbidden);
  const ipc = interiors.of('ipc', fact.key);
  return ipc ? ipcObjects(ipc).map((object) => removeItem(scene, object, forbidden)) : null;
}

export function ipcMenu(scene: LiveScene, object: IpcObject, forbidden: string | null): MenuItem[] {
  return [removeItem(scene, object, forbidden)];
}
