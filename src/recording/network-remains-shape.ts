/** What a recording holds of interfaces beyond what is shown: what a deletion or a move would lose. */
import type { LinkEntry, LinkSettings, NetworkRemains } from '../model/network-table.js';
import { amount, flag, listOf, mapOf, matching, orNull, shape, text, whole } from './check.js';
import { ifindex } from './common-shapes.js';

/** Bytes of an rtnetlink(7) message. */
export const kernelMessage = matching<string>('a message in hexadecimal', /^([0-9a-f]{2})*$/i);

const sysctls = mapOf(/^[a-z0-9_]{1,64}$/i, amount);

const settings = shape<LinkSettings>({
  ifindex,
  alias: orNull(text),
  kindData: orNull(kernelMessage),
  portData: orNull(kernelMessage),
  ipv4: orNull(kernelMessage),
  ipv6: orNull(kernelMessage),
  hasXdp: flag,
  vlans: listOf(shape<LinkSettings['vlans'][number]>({ vid: whole(0, 4095), flags: whole() })),
});

const entry = shape<LinkEntry>({ ifindex, message: kernelMessage });

export const networkRemains = shape<NetworkRemains>({
  settings: listOf(settings),
  nextHopObjects: listOf(
    shape<NetworkRemains['nextHopObjects'][number]>({
      id: whole(),
      ifindex: orNull(ifindex),
      members: listOf(whole()),
      message: kernelMessage,
    }),
  ),
  neighbours: listOf(entry),
  forwardingEntries: listOf(entry),
  groupMembers: listOf(
    shape<NetworkRemains['groupMembers'][number]>({ ifindex, message: kernelMessage, bridge: ifindex }),
  ),
  queueDisciplines: listOf(shape<NetworkRemains['queueDisciplines'][number]>({ ifindex, kind: text })),
  disablesIpv6: orNull(flag),
  defaults: shape<NetworkRemains['defaults']>({ ipv4: sysctls, ipv6: sysctls }),
});
