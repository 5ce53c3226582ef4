/** Tables of records of one kind (`nsview links`, `nsview sockets`): what a column is, its cell and its JSON. */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { clean } from './clean.js';

export type RecordValue =
  string | number | boolean | null | readonly RecordValue[] | { [name: string]: RecordValue };

/** The name in lower case is the JSON key. */
export interface RecordColumn<C, T> {
  name: string;
  align: 'left' | 'right';
  help: string;
  value: (context: C, record: T) => RecordValue;
  /** Where the table says it in other words than the value. */
  text?: (context: C, record: T) => string;
}

/** The columns that tell in which network namespace a record is. */
export function netnsColumns(): RecordColumn<{ model: Model }, { namespace: NamespaceKey }>[] {
  return [
    {
      name: 'NETNS',
      align: 'right',
      help: 'network namespace',
      value: (_, { namespace }) => namespace,
      text: (_, { namespace }) => namespace.slice(namespace.indexOf('[') + 1, -1),
    },
    {
      name: 'NAME',
      align: 'left',
      help: 'name of the network namespace: container, name under /run/netns, unit, command',
      value: ({ model }, { namespace }) => namespaceName(model, namespace),
    },
  ];
}

function valueText(value: RecordValue): string {
  if (value === null || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(valueText).join(',');
  if (typeof value === 'object')
    return (
      Object.entries(value)
        .map(([name, part]) => `${name}=${valueText(part)}`)
        .join(',') || '-'
    );
  return String(value);
}

export function recordCell<C, T>(context: C, record: T, column: RecordColumn<C, T>): string {
  const text = column.text ? column.text(context, record) : valueText(column.value(context, record));
  return clean(text) || '-';
}

export function recordJson<C, T>(
  context: C,
  record: T,
  columns: readonly RecordColumn<C, T>[],
): Record<string, RecordValue> {
  return Object.fromEntries(columns.map(({ name, value }) => [name.toLowerCase(), value(context, record)]));
}
