/** Which kernel was looked at: some rules changed with a release. */
import type { Model } from '../model/model.js';

const RELEASE = /^(\d+)\.(\d+)/;

/** True as well where the release cannot be read: then the kernel itself says what it refuses. */
export function isKernelAtLeast({ snapshot }: Model, major: number, minor: number): boolean {
  const found = RELEASE.exec(snapshot.header.kernelRelease);
  if (!found) return true;
  const [, one, two] = found.map(Number) as [number, number, number];
  return one > major || (one === major && two >= minor);
}
