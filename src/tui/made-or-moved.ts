/** What a plan makes or moves: the cursor goes there when it appears. */
import type { NetworkScene } from '../actions/network-steps.js';
import type { NetnsPlace, ReadyPlan } from '../actions/plan.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { RowNode } from '../view/row-node.js';

function keyOf({ model }: NetworkScene, place: NetnsPlace): NamespaceKey | null {
  return 'made' in place ? keyOfName(model, place.made) : place.key;
}

function keyOfName(model: NetworkScene['model'], name: string): NamespaceKey | null {
  return model.snapshot.netnsNames?.find((each) => each.name === name)?.key ?? null;
}

type Fits = (node: RowNode) => boolean;

/** Null: it makes and moves nothing that has a row. */
export function madeOrMoved({ operations }: ReadyPlan, scene: () => NetworkScene): Fits | null {
  const made = operations.find((each) => each.operation === 'netns-add');
  if (made?.operation === 'netns-add')
    return ({ rowKind, key }) =>
      rowKind === 'namespace' && key !== undefined && key === keyOfName(scene().model, made.name);
  const linkAt = (netns: NetnsPlace, name: string): Fits => {
    return ({ link }) => link?.fact.name === name && link.namespace === keyOf(scene(), netns);
  };
  const moved = operations.find((each) => each.operation === 'link-move');
  if (moved?.operation === 'link-move') return linkAt(moved.to, moved.newName ?? moved.link.name);
  const added = operations.find((each) => each.operation === 'link-add');
  return added?.operation === 'link-add' ? linkAt(added.netns, added.name) : null;
}
