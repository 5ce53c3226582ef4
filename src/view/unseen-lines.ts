/** What may keep a namespace besides what was seen, in words. */
import { unseenHolders } from '../analysis/unseen-holders.js';
import type { UnseenHolder } from '../analysis/unseen-holders.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { counted } from './network-words.js';
import { processLabel } from './reason-lines.js';

const MAX_NAMED = 3;

function unseenText(model: Model, holder: UnseenHolder): string {
  switch (holder.unseen) {
    case 'sockets':
      return 'sockets were not looked at: --sockets does';
    case 'files':
      return 'TUN devices, perf events, pidfds and open files of /proc were not looked at: root with BPF can';
    case 'in flight': {
      const count = holder.sockets.reduce((sum, each) => sum + each.count, 0);
      const named = holder.sockets
        .slice(0, MAX_NAMED)
        .map(({ pid, fd }) => `fd ${fd} of ${processLabel(model, pid)}`);
      const more = holder.sockets.length > MAX_NAMED ? ` and ${holder.sockets.length - MAX_NAMED} more` : '';
      const waits = count === 1 ? 'waits' : 'wait';
      return `${counted(count, 'descriptor')} in flight ${waits} to be received from ${named.join(', ')}${more}`;
    }
    case 'processes':
      return `${counted(holder.count, 'process', 'processes')} could not be looked into (${holder.errno})`;
  }
}

/** Empty where everything that can be looked at was. */
export function unseenLines(model: Model, key: NamespaceKey): Line[] {
  return unseenHolders(model, key).map((holder) => [
    span('may be held too: ', 'warn'),
    span(unseenText(model, holder), 'dim'),
  ]);
}

/** The same in one sentence, for what is planned. */
export function unseenSentences(model: Model, key: NamespaceKey): string[] {
  return unseenHolders(model, key).map((holder) => unseenText(model, holder));
}
