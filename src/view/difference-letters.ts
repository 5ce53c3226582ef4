import type { Model } from '../model/model.js';
import { NAMESPACE_KIND_TABLE } from '../model/namespace-kind.js';
import type { ProcessFact } from '../model/snapshot.js';
import { differenceFromHost } from '../analysis/difference.js';

/** One letter a kind: the letter where the process differs from the host, `-` shared, `?` unknown. */
export function differenceLetters(model: Model, process: Pick<ProcessFact, 'namespaceSet'>): string {
  return differenceFromHost(model, process)
    .map(({ relation }, at) =>
      relation === 'own' ? NAMESPACE_KIND_TABLE[at]!.letter : relation === 'shared' ? '-' : '?',
    )
    .join('');
}

export const DIFFERENCE_LEGEND = NAMESPACE_KIND_TABLE.map(({ letter, kind }) => `${letter}=${kind}`).join(
  ' ',
);
