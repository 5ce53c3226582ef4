/** `33@db-7`, `g33@db-7`, `100033`: what the id calculator is asked. */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { namespaceOfKind } from './go-to.js';
import type { IdKind, IdLevel } from './id-translation.js';
import { translateIn, translateOut } from './id-translation.js';

export interface IdAnswer {
  kind: IdKind;
  id: number;
  /** Where the id is meant; null: as the observer sees it. */
  namespace: NamespaceKey | null;
  /** Of an id inside: that namespace and its ancestors. Of the observer's: every namespace that has it. */
  levels: readonly IdLevel[];
}

const MAX_ID = 4_294_967_294;

/** Throws a sentence where the text asks nothing that can be answered. */
export function answerIdQuestion(model: Model, text: string, kind: IdKind): IdAnswer {
  const [, group, digits, place] = /^([ug]?)(\d{1,10})(?:@(.+))?$/.exec(text.trim()) ?? [];
  const id = Number(digits);
  if (digits === undefined || id > MAX_ID)
    throw new Error(`"${text}" is not an id: 33@db-7, g33@db-7 or 100033`);
  const wanted: IdKind = group === 'g' ? 'gid' : group === 'u' ? 'uid' : kind;
  if (place === undefined)
    return { kind: wanted, id, namespace: null, levels: translateIn(model, wanted, id) };
  const namespace = namespaceOfKind(model, 'user', place);
  return { kind: wanted, id, namespace, levels: translateOut(model, namespace, wanted, id) };
}
