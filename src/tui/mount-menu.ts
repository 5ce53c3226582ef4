/** What can be done to the mount under the cursor: one record each; the menu, its reasons and its keys. */
import type { Plan, PropagationChange } from '../actions/plan.js';
import type { MountScene } from '../actions/mount-plans.js';
import { planPropagation, planUnmount } from '../actions/mount-plans.js';
import type { Mount } from '../analysis/mount-model.js';
import type { MenuItem } from './dialog.js';
import type { LiveScene } from './live-scene.js';

interface MountAction {
  label: string;
  note: string;
  isUnmount: boolean;
  plan: (scene: MountScene, mount: Mount) => Plan;
}

const CHANGES: readonly [PropagationChange, string][] = [
  ['shared', 'send events to peers and receive theirs'],
  ['slave', 'receive from the group it is in now, send nothing'],
  ['private', 'neither send nor receive'],
  ['unbindable', 'private, and no bind mounts of it'],
];

const MOUNT_ACTIONS: readonly MountAction[] = [
  {
    label: 'unmount',
    note: 'umount(8)',
    isUnmount: true,
    plan: (scene, mount) => planUnmount(scene, mount, false),
  },
  {
    label: 'unmount lazily',
    note: 'with all below, off the tree at once; umount --lazy',
    isUnmount: true,
    plan: (scene, mount) => planUnmount(scene, mount, true),
  },
  ...[false, true].flatMap((recursive) =>
    CHANGES.map(([change, note]): MountAction => ({
      label: `make ${recursive ? 'r' : ''}${change}`,
      note: recursive ? `${note}; with all below` : note,
      isUnmount: false,
      plan: (scene, mount) => planPropagation(scene, mount, change, recursive),
    })),
  ),
];

/** `forbidden`: why nothing at all can be done (read-only, replay). */
export function mountMenu(
  scene: LiveScene,
  mount: Mount,
  forbidden: string | null,
  which: 'all' | 'remove',
): MenuItem[] {
  const items = MOUNT_ACTIONS.filter(({ isUnmount }) => which === 'all' || isUnmount).map(
    ({ label, note, plan }): MenuItem => {
      const made = plan(scene, mount);
      const refusal = forbidden ?? (made.ok ? null : made.reason);
      return {
        label,
        note: refusal ?? note,
        isDisabled: refusal !== null,
        choose: (app) => app.acts.confirm(() => plan(scene, scene.mount(mount))),
      };
    },
  );
  if (which === 'remove') return items;
  const bind: MenuItem = {
    label: 'bind mount …',
    note: forbidden ?? 'a directory to another place in this mount namespace',
    isDisabled: forbidden !== null,
    choose: (app) => app.ask('bind'),
  };
  return [...items, bind];
}
