/**
 * The ethtool(8) feature netns-local: up to Linux 6.11 it told which interfaces cannot change their network
 * namespace. Names of the features by ETHTOOL_GSTRINGS, their state by ETHTOOL_GFEATURES.
 */
import { FEATURE_NAME_SIZE, blocksFor, findFeature, isFeatureActive } from '../formats/ethtool-features.js';
import { encodeText } from './byte-names.js';
import * as libc from './libc.js';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GSSET_INFO = 0x37;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GFEATURES = 0x3a;
const ETH_SS_FEATURES = 4;
const IFNAMSIZ = 16;
const MAX_FEATURES = 128;

const request = libc.fixedBuffer(40);
const data = libc.fixedBuffer(16 + MAX_FEATURES * FEATURE_NAME_SIZE);

function ask(fd: number, name: string): boolean {
  request.bytes.fill(0);
  encodeText(name).copy(request.bytes, 0, 0, IFNAMSIZ - 1);
  request.view.setBigUint64(IFNAMSIZ, BigInt(data.address), true);
  return libc.ioctl(fd, SIOCETHTOOL, request.address) >= 0;
}

/** Index of the feature among all; null where this kernel has it no more. */
function featureIndex(fd: number, name: string): number | null {
  data.bytes.fill(0);
  data.view.setUint32(0, ETHTOOL_GSSET_INFO, true);
  data.view.setBigUint64(8, 1n << BigInt(ETH_SS_FEATURES), true);
  if (!ask(fd, name)) return null;
  const count = Math.min(MAX_FEATURES, data.view.getUint32(16, true));
  data.bytes.fill(0);
  data.view.setUint32(0, ETHTOOL_GSTRINGS, true);
  data.view.setUint32(4, ETH_SS_FEATURES, true);
  data.view.setUint32(8, count, true);
  if (!ask(fd, name)) return null;
  return findFeature(data.view, count, 'netns-local');
}

/** Whether the interface, in the namespace that we are in, has the feature; null where it cannot be told. */
export function readNetnsLocalFeature(name: string): boolean | null {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return null;
  try {
    const index = featureIndex(fd, name);
    if (index === null) return null;
    data.bytes.fill(0);
    data.view.setUint32(0, ETHTOOL_GFEATURES, true);
    data.view.setUint32(4, blocksFor(index), true);
    if (!ask(fd, name)) return null;
    return isFeatureActive(data.view, index);
  } finally {
    libc.close(fd);
  }
}
