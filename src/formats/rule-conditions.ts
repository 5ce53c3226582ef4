/** What a policy rule asks for besides its networks: FRA_* and FIB_RULE_* of <linux/fib_rules.h>. */
import type { RuleFact } from '../model/network-table.js';
import { s32, text, u32, u8 } from './netlink.js';

type Conditions = Omit<RuleFact, 'family' | 'priority' | 'from' | 'to' | 'table' | 'action'>;

const FRA = {
  iifName: 3, goto: 4, fwmark: 10, flow: 11, tunnelId: 12, suppressGroup: 13, suppressPrefixLength: 14, fwmask: 16,
  oifName: 17, l3mdev: 19, uidRange: 20, protocol: 21, ipProtocol: 22, sourcePorts: 23, destinationPorts: 24, dscp: 25,
} as const; // prettier-ignore
/** Destination, source, priority, table, padding: read elsewhere, or nothing to read. */
const OTHERS = [1, 2, 6, 15, 18];
const KNOWN: ReadonlySet<number> = new Set([...Object.values(FRA), ...OTHERS]);
const FLAG = { invert: 0x2, unresolved: 0x4, iifDetached: 0x8, oifDetached: 0x10 } as const;
const WHOLE = 0xffff_ffff;

type Value = DataView | undefined;

function ports(value: Value): [number, number] | null {
  return value && value.byteLength >= 4 ? [value.getUint16(0, true), value.getUint16(2, true)] : null;
}

function uids(value: Value): [number, number] | null {
  return value && value.byteLength >= 8 ? [value.getUint32(0, true), value.getUint32(4, true)] : null;
}

function fwmark(mark: number | null, mask: number | null): Conditions['fwmark'] | null {
  return (mark ?? 0) === 0 && (mask ?? 0) === 0 ? null : { mark: mark ?? 0, mask: mask ?? WHOLE };
}

/** The kernel says -1 where nothing is suppressed. */
function suppressed(value: Value): number | null {
  const number = s32(value);
  return number === null || number < 0 ? null : number;
}

function tunnelId(value: Value): string | null {
  return value && value.byteLength >= 8 ? String(value.getBigUint64(0, false)) : null;
}

/** FRA_SPORT_MASK, FRA_DPORT_MASK, FRA_DSCP_MASK (Linux 6.15) are told also where every bit counts. */
const WHOLE_MASKS: ReadonlyMap<number, number> = new Map([[28, 0xffff], [29, 0xffff], [30, 0x3f]]); // prettier-ignore

function isWholeMask(attribute: number, value: DataView): boolean {
  return WHOLE_MASKS.get(attribute) === (value.byteLength >= 2 ? value.getUint16(0, true) : u8(value));
}

/** `tos` and `flags` are of struct fib_rule_hdr. */
export function decodeRuleConditions(
  attributes: ReadonlyMap<number, DataView>,
  tos: number,
  flags: number,
): Conditions {
  const get = (name: keyof typeof FRA): Value => attributes.get(FRA[name]);
  const flow = u32(get('flow'));
  const has = (flag: keyof typeof FLAG): true | null => ((flags & FLAG[flag]) !== 0 ? true : null);
  const unknown = [...attributes].flatMap(([attribute, value]) =>
    KNOWN.has(attribute) || isWholeMask(attribute, value) ? [] : [attribute],
  );
  const found: { [N in keyof Conditions]-?: Conditions[N] | null } = {
    not: has('invert'),
    tos: tos === 0 ? null : tos,
    dscp: u8(get('dscp')),
    fwmark: fwmark(u32(get('fwmark')), u32(get('fwmask'))) ?? null,
    iif: text(get('iifName')),
    oif: text(get('oifName')),
    iifDetached: has('iifDetached'),
    oifDetached: has('oifDetached'),
    l3mdev: (u8(get('l3mdev')) ?? 0) === 0 ? null : true,
    uidRange: uids(get('uidRange')),
    ipProtocol: u8(get('ipProtocol')),
    sourcePorts: ports(get('sourcePorts')),
    destinationPorts: ports(get('destinationPorts')),
    tunnelId: tunnelId(get('tunnelId')),
    goto: u32(get('goto')),
    unresolved: has('unresolved'),
    suppressPrefixLength: suppressed(get('suppressPrefixLength')),
    suppressGroup: suppressed(get('suppressGroup')),
    realms: flow === null || flow === 0 ? null : [flow >>> 16, flow & 0xffff],
    protocol: u8(get('protocol')),
    unknown: unknown.length === 0 ? null : unknown,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
}
