/** What can be done to interfaces and network namespaces: menus, forms, keys. */
import type { DhcpClient } from '../actions/dhcp-client.js';
import { isLeased, planDhcp, planDhcpStop } from '../actions/dhcp-plans.js';
import type { NetworkScene } from '../actions/network-steps.js';
import { planDeleteLink, planMaster, planRename, planUpDown } from '../actions/link-plans.js';
import { planAddress } from '../actions/address-plans.js';
import { planMove } from '../actions/move-plans.js';
import { planAttach, planNetnsAdd, planRemoveName, planSetNetnsid } from '../actions/netns-plans.js';
import { planConnect, planNewLink } from '../actions/new-link-plans.js';
import { planBridgedUplink, planInternet } from '../actions/way-out-plans.js';
import type { ToolFacts } from '../actions/tools.js';
import { MACVLAN_MODES } from '../actions/plan.js';
import type { NewLinkOptions, Plan } from '../actions/plan.js';
import { namespaceOfKind, operandFor } from '../analysis/go-to.js';
import { namesElsewhere } from '../analysis/netns-names.js';
import { movabilityOf } from '../analysis/movability.js';
import { hostFirst } from '../analysis/namespace-name.js';
import type { Link } from '../analysis/network-model.js';
import { IFF_UP, isLoopback } from '../analysis/network-model.js';
import { defaultUplink } from '../analysis/routing.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { linkLabel } from '../view/network-words.js';
import type { App } from './app.js';
import type { FormDialog, FormField, FormValues, MenuItem } from './dialog.js';
import type { LiveScene } from './live-scene.js';
import { planForm } from './plan-form.js';

function networksOf({ model, network }: NetworkScene): NamespaceKey[] {
  return hostFirst(model, [...network.tables.keys()], model.host.net).map(({ key }) => key);
}

/** Words that a form takes for this namespace and no other. */
function labelOf({ model }: NetworkScene, key: NamespaceKey): string {
  return operandFor(model, key);
}

function netnsField(scene: NetworkScene, name: string, label: string): FormField {
  const names = networksOf(scene)
    .slice(0, 8)
    .map((key) => labelOf(scene, key));
  return { name, label, kind: 'text', note: names.join(', ') };
}

function find({ model }: NetworkScene, text: string | undefined): NamespaceKey {
  if (text === undefined || text.trim() === '')
    throw new Error('name a network namespace, or a process or container in it');
  return namespaceOfKind(model, 'net', text.trim(), 'act');
}

const text = (values: FormValues, name: string): string => (values[name] ?? '').trim();

// ---- interfaces --------------------------------------------------------------------------------------------

/** `tagged`: the namespace that was tagged, as the place to go. */
export function moveForm(scene: LiveScene, link: Link, tagged: NamespaceKey | null): FormDialog {
  const other = tagged ?? networksOf(scene).find((key) => key !== link.namespace);
  return planForm(
    `move ${linkLabel(scene.model, link, null)}`,
    [
      netnsField(scene, 'to', 'to'),
      { name: 'keep', label: 'keep its state', kind: 'toggle', note: 'addresses, routes, up' },
      { name: 'name', label: 'name there', kind: 'text', note: 'empty: the same' },
      { name: 'master', label: 'port of', kind: 'text', note: 'a bridge there; empty: none' },
    ],
    { to: other ? labelOf(scene, other) : '', keep: 'yes', name: '' },
    (values) =>
      planMove(scene, scene.link(link), find(scene, values['to']), {
        keep: values['keep'] === 'yes',
        newName: text(values, 'name') || null,
        master: text(values, 'master') || null,
      }),
  );
}

function renameForm(scene: LiveScene, link: Link): FormDialog {
  return planForm(
    `rename ${link.fact.name}`,
    [{ name: 'name', label: 'new name', kind: 'text' }],
    { name: link.fact.name },
    (values) => planRename(scene, scene.link(link), text(values, 'name')),
  );
}

function addressForm(scene: LiveScene, link: Link, add: boolean): FormDialog {
  const own = link.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  return planForm(
    `${add ? 'add an address to' : 'delete an address of'} ${link.fact.name}`,
    [
      add
        ? { name: 'address', label: 'address', kind: 'text', note: '192.0.2.1/24, 2001:db8::1/64' }
        : { name: 'address', label: 'address', kind: 'choice', choices: own },
    ],
    { address: add ? '' : (own[0] ?? '') },
    (values) => planAddress(scene, scene.link(link), text(values, 'address'), add),
  );
}

function portForm(scene: LiveScene, link: Link): FormDialog {
  const bridges = (scene.network.tables.get(link.namespace)?.links ?? [])
    .filter(({ fact }) => fact.kind === 'bridge' || fact.kind === 'bond')
    .map(({ fact }) => fact.name);
  return planForm(
    `bridge of ${link.fact.name}`,
    [{ name: 'master', label: 'port of', kind: 'choice', choices: [...bridges, 'none'] }],
    { master: bridges.find((name) => name !== scene.network.master(link)?.fact.name) ?? 'none' },
    (values) =>
      planMaster(scene, scene.link(link), values['master'] === 'none' ? null : text(values, 'master')),
  );
}

/** The way that was meant when it was chosen, whatever the interface is by then. */
export function upDownPlan(scene: LiveScene, link: Link): () => Plan {
  const wantsUp = (link.fact.flags & IFF_UP) === 0;
  return () => planUpDown(scene, scene.link(link), wantsUp);
}

interface Entry {
  label: string;
  note: string;
  /** Why it cannot be chosen. */
  refusal?: string | null;
  plan?: () => Plan;
  form?: () => FormDialog;
  /** What depends on the programs that are installed: they are looked for when it is chosen. */
  planWith?: (tools: ToolFacts) => Plan;
  formWith?: (tools: ToolFacts) => FormDialog;
  act?: (app: App) => void;
}

/** A plan that is refused says so in the menu; a form says it when it is filled in. */
function itemsOf(entries: readonly Entry[], forbidden: string | null): MenuItem[] {
  return entries.map(({ label, note, refusal = null, plan, form, planWith, formWith, act }): MenuItem => {
    const made = plan?.();
    const reason = forbidden ?? refusal ?? (made && !made.ok ? made.reason : null);
    return {
      label,
      note: reason ?? note,
      isDisabled: reason !== null,
      choose: (app) => {
        if (plan) app.acts.confirm(plan);
        else if (form) app.acts.openForm(form());
        else if (planWith) void app.acts.withTools((tools) => app.acts.confirm(() => planWith(tools)));
        else if (formWith) void app.acts.withTools((tools) => app.acts.openForm(formWith(tools)));
        else act?.(app);
      },
    };
  });
}

export function linkMenu(
  scene: LiveScene,
  link: Link,
  tagged: NamespaceKey | null,
  forbidden: string | null,
  which: 'all' | 'remove',
): MenuItem[] {
  const remove: Entry = {
    label: 'delete',
    note: 'ip link delete',
    plan: () => planDeleteLink(scene, scene.link(link)),
  };
  if (which === 'remove') return itemsOf([remove], forbidden);
  const { answer, reason } = movabilityOf(link.fact);
  const isUp = (link.fact.flags & IFF_UP) !== 0;
  return itemsOf(
    [
      {
        label: 'move …',
        note: 'to another network namespace, with its addresses and routes',
        refusal: answer === 'immovable' ? reason : null,
        form: () => moveForm(scene, link, tagged),
      },
      {
        label: isUp ? 'set down' : 'set up',
        note: `ip link set ${isUp ? 'down' : 'up'}`,
        plan: upDownPlan(scene, link),
      },
      { label: 'rename …', note: 'ip link set name', form: () => renameForm(scene, link) },
      { label: 'add an address …', note: 'ip address add', form: () => addressForm(scene, link, true) },
      {
        label: 'delete an address …',
        note: 'ip address delete',
        refusal: link.addresses.length === 0 ? 'it has none' : null,
        form: () => addressForm(scene, link, false),
      },
      link.addresses.some(isLeased)
        ? {
            label: 'give back its lease',
            note: 'ends the DHCP client that nsview started',
            planWith: ({ dhcp }) => planDhcpStop(scene, scene.link(link), dhcp),
          }
        : {
            label: 'ask by DHCP',
            note: 'for an address, by the client that is installed',
            planWith: ({ dhcp }) => planDhcp(scene, scene.link(link), dhcp),
          },
      { label: 'port of a bridge …', note: 'ip link set master', form: () => portForm(scene, link) },
      remove,
    ],
    forbidden,
  );
}

// ---- network namespaces ------------------------------------------------------------------------------------

export function netnsForm(scene: NetworkScene): FormDialog {
  return planForm(
    'new network namespace',
    [{ name: 'name', label: 'name', kind: 'text', note: 'as in ip netns add' }],
    { name: '' },
    (values) => planNetnsAdd(scene, text(values, 'name')),
  );
}

function attachForm(scene: LiveScene, key: NamespaceKey): FormDialog {
  return planForm(
    `name ${labelOf(scene, key)}`,
    [{ name: 'name', label: 'name', kind: 'text', note: 'under /run/netns, for ip netns' }],
    { name: '' },
    (values) => planAttach(scene, scene.namespace(key), text(values, 'name')),
  );
}

function numberForm(scene: LiveScene, key: NamespaceKey): FormDialog {
  const ours = scene.model.snapshot.header.observer.namespaces.net ?? key;
  return planForm(
    `number ${labelOf(scene, key)}`,
    [
      {
        name: 'netnsid',
        label: 'netnsid',
        kind: 'text',
        note: 'as link-netnsid of ip link shows it; from 0',
      },
      netnsField(scene, 'from', 'as seen from'),
    ],
    { netnsid: '', from: labelOf(scene, ours) },
    (values) => {
      const written = text(values, 'netnsid');
      return planSetNetnsid(
        scene,
        find(scene, values['from']),
        scene.namespace(key),
        written === '' ? NaN : Number(written),
      );
    },
  );
}

export function connectForm(scene: LiveScene, a: NamespaceKey, b: NamespaceKey | null): FormDialog {
  const other = b ?? networksOf(scene).find((key) => key !== a) ?? a;
  return planForm(
    'connect two network namespaces',
    [
      netnsField(scene, 'a', 'from'),
      { name: 'aName', label: '  interface', kind: 'text' },
      { name: 'aAddress', label: '  address', kind: 'text', note: 'empty: none' },
      netnsField(scene, 'b', 'to'),
      { name: 'bName', label: '  interface', kind: 'text' },
      { name: 'bAddress', label: '  address', kind: 'text', note: 'empty: none' },
      {
        name: 'bMaster',
        label: '  port of',
        kind: 'text',
        note: 'a bridge there, as one with an uplink; empty: none',
      },
    ],
    {
      a: labelOf(scene, a),
      aName: 'veth0',
      aAddress: '10.210.0.1/24',
      b: labelOf(scene, other),
      bName: 'veth0',
      bAddress: '10.210.0.2/24',
    },
    (values) =>
      planConnect(
        scene,
        { key: find(scene, values['a']), name: text(values, 'aName'), address: text(values, 'aAddress') },
        {
          key: find(scene, values['b']),
          name: text(values, 'bName'),
          address: text(values, 'bAddress'),
          master: text(values, 'bMaster') || null,
        },
      ),
  );
}

const NEW_KINDS = ['bridge', 'veth', 'macvlan', 'vlan', 'dummy'] as const;

export function newLinkForm(scene: LiveScene, key: NamespaceKey): FormDialog {
  const links = scene.network.tables.get(key)?.links ?? [];
  const lowers = links.map(({ fact }) => fact.name);
  const bridges = links.filter(({ fact }) => fact.kind === 'bridge').map(({ fact }) => fact.name);
  const fields = (values: FormValues): FormField[] => [
    { name: 'kind', label: 'kind', kind: 'choice', choices: NEW_KINDS },
    { name: 'name', label: 'name', kind: 'text' },
    ...(values['kind'] === 'veth' ? [{ name: 'peer', label: 'other end', kind: 'text' } as const] : []),
    ...(values['kind'] === 'macvlan' || values['kind'] === 'vlan'
      ? [{ name: 'lower', label: 'stands on', kind: 'choice', choices: lowers } as const]
      : []),
    ...(values['kind'] === 'macvlan'
      ? [{ name: 'mode', label: 'mode', kind: 'choice', choices: MACVLAN_MODES } as const]
      : []),
    ...(values['kind'] === 'vlan' ? [{ name: 'id', label: 'vlan id', kind: 'text' } as const] : []),
    { name: 'address', label: 'address', kind: 'text', note: 'empty: none' },
    { name: 'master', label: 'port of', kind: 'choice', choices: ['none', ...bridges] },
    { name: 'up', label: 'set up', kind: 'toggle' },
  ];
  return planForm(
    `new interface in ${labelOf(scene, key)}`,
    fields,
    {
      kind: 'bridge',
      name: 'br0',
      peer: 'veth1',
      lower: lowers.find((name) => name !== 'lo') ?? 'lo',
      mode: 'bridge',
      id: '',
      address: '',
      master: 'none',
      up: 'yes',
    },
    (values) =>
      planNewLink(scene, scene.namespace(key), {
        name: text(values, 'name'),
        options: optionsOf(values),
        addresses: text(values, 'address') === '' ? [] : [text(values, 'address')],
        up: values['up'] === 'yes',
        master: values['master'] === 'none' ? null : text(values, 'master'),
      }),
  );
}

function optionsOf(values: FormValues): NewLinkOptions {
  const lower = text(values, 'lower');
  switch (values['kind']) {
    case 'veth':
      return { kind: 'veth', peerName: text(values, 'peer'), peerNetns: null };
    case 'macvlan':
      return {
        kind: 'macvlan',
        lower,
        mode: MACVLAN_MODES.find((mode) => mode === values['mode']) ?? 'bridge',
      };
    case 'vlan':
      return { kind: 'vlan', lower, id: Number(text(values, 'id')) };
    default:
      return { kind: values['kind'] === 'dummy' ? 'dummy' : 'bridge' };
  }
}

function wayOutProblem({ model }: NetworkScene, key: NamespaceKey): string | null {
  const host = model.snapshot.header.observer.namespaces.net;
  if (!host) return 'your own network namespace is not known';
  return key === host ? 'it is your own: it has its way already' : null;
}

/** Through an interface of our own network namespace: at first that of its default route. */
function wayOutForm(scene: LiveScene, key: NamespaceKey, client: DhcpClient | null): FormDialog {
  const host = scene.model.snapshot.header.observer.namespaces.net;
  const table = host && scene.network.tables.get(host);
  const links = (table?.links ?? []).filter(({ fact }) => !isLoopback(fact));
  const uplinkOf = (values: FormValues): Link => {
    const found = links.find(({ fact }) => fact.name === values['uplink']);
    if (!found) throw new Error('your own network namespace has no interface that leads out');
    return found;
  };
  const addressNote = client ? `empty: asked for by DHCP (${client.client})` : 'no DHCP client is installed';
  const first = (table && defaultUplink(table)) ?? links[0];
  return planForm(
    `a way out for ${labelOf(scene, key)}`,
    (values) => [
      {
        name: 'way',
        label: 'way',
        kind: 'choice',
        choices: ['NAT', 'bridge'],
        note: WAYS[values['way'] ?? ''] ?? '',
      },
      { name: 'uplink', label: 'uplink', kind: 'choice', choices: links.map(({ fact }) => fact.name) },
      ...(values['way'] === 'bridge'
        ? [{ name: 'address', label: 'address', kind: 'text', note: addressNote } as const]
        : []),
    ],
    { way: 'NAT', uplink: first?.fact.name ?? '', address: '' },
    (values) => {
      const address = text(values, 'address') || null;
      return values['way'] === 'bridge'
        ? planBridgedUplink(scene, scene.namespace(key), uplinkOf(values), { address, client })
        : planInternet(scene, scene.namespace(key), uplinkOf(values));
    },
  );
}

const WAYS: Readonly<Record<string, string>> = {
  NAT: 'behind the address of the host: veth pair, forwarding, nft',
  bridge: 'a place of its own in the network of the uplink',
};

export function netnsMenu(
  scene: LiveScene,
  key: NamespaceKey,
  tagged: NamespaceKey | null,
  forbidden: string | null,
  which: 'all' | 'remove',
): MenuItem[] {
  const elsewhere = namesElsewhere(scene.model);
  const names = (scene.model.snapshot.netnsNames ?? []).filter(
    (each) => (each.key ?? elsewhere.get(each.name)?.key) === key,
  );
  const removal = names.map(({ name }): Entry => ({
    label: `remove the name ${name}`,
    note: 'ip netns delete',
    plan: () => planRemoveName(scene, name),
  }));
  if (which === 'remove') return itemsOf(removal, forbidden);
  return itemsOf(
    [
      {
        label: 'connect …',
        note: 'to another one by a veth pair with addresses',
        form: () => connectForm(scene, key, tagged),
      },
      { label: 'new interface …', note: 'bridge, veth, macvlan, vlan', form: () => newLinkForm(scene, key) },
      {
        label: 'give it internet …',
        note: 'behind NAT by nft, or on a bridge with the uplink',
        refusal: wayOutProblem(scene, key),
        formWith: ({ dhcp }) => wayOutForm(scene, key, dhcp),
      },
      { label: 'give it a name …', note: 'for ip netns', form: () => attachForm(scene, key) },
      { label: 'give it a number …', note: 'ip netns set', form: () => numberForm(scene, key) },
      ...removal,
    ],
    forbidden,
  );
}

const PROGRAM: Entry = {
  label: 'program in new namespaces …',
  note: 'unshare(1); also U',
  act: (app) => void app.acts.openUnshare(),
};

function namespaceEntry(scene: NetworkScene): Entry {
  return { label: 'network namespace …', note: 'ip netns add', form: () => netnsForm(scene) };
}

/** `c` in the other views, that know nothing of interfaces. */
export function createAnywhereMenu(scene: NetworkScene, forbidden: string | null): MenuItem[] {
  return itemsOf([PROGRAM, namespaceEntry(scene)], forbidden);
}

/** `c`: at the network namespace under the cursor, where there is one. */
export function createMenu(
  scene: LiveScene,
  key: NamespaceKey | null,
  tagged: NamespaceKey | null,
  forbidden: string | null,
): MenuItem[] {
  const broken = (scene.model.snapshot.netnsNames ?? []).filter((each) => each.key === null);
  const noPlace = key === null ? 'no network namespace is known' : null;
  return itemsOf(
    [
      namespaceEntry(scene),
      {
        label: 'interface …',
        note: key === null ? '' : `in ${labelOf(scene, key)}: bridge, veth, macvlan, vlan`,
        refusal: noPlace,
        form: () => newLinkForm(scene, key!),
      },
      {
        label: 'connection …',
        note: 'a veth pair between two network namespaces, with addresses',
        refusal: noPlace,
        form: () => connectForm(scene, key!, tagged),
      },
      ...broken.flatMap(({ name }) => brokenEntries(scene, name)),
      PROGRAM,
    ],
    forbidden,
  );
}

function brokenEntries(scene: NetworkScene, name: string): Entry[] {
  return [
    {
      label: `repair the name ${name} …`,
      note: 'it leads nowhere: let it lead to a namespace',
      form: () => repairForm(scene, name),
    },
    {
      label: `remove the broken name ${name}`,
      note: 'it leads nowhere',
      plan: () => planRemoveName(scene, name),
    },
  ];
}

function repairForm(scene: NetworkScene, name: string): FormDialog {
  return planForm(
    `repair the name ${name}`,
    [netnsField(scene, 'netns', 'namespace')],
    { netns: '' },
    (values) => planAttach(scene, find(scene, values['netns']), name),
  );
}

/** On a file under /run/netns that leads nowhere. */
export function brokenNameMenu(scene: NetworkScene, name: string, forbidden: string | null): MenuItem[] {
  return itemsOf(brokenEntries(scene, name), forbidden);
}
