import { bytesText } from '../model/byte-text.js';
import type { Model } from '../model/model.js';
import type { ContainerFact, ProcessFact } from '../model/snapshot.js';

/** What a cgroup path says of who runs a process. */
export interface ContainerIdentity {
  engine: string;
  containerId: string;
}

/** A pattern for the deepest telling component of a cgroup path. Group 1 is the id. */
interface EnginePattern {
  engine: string;
  pattern: RegExp;
}

const ID = '([0-9a-f]{64})';

/**
 * Formats of the engines; the first that fits the deepest component wins. Monitors (conmon, lxc.monitor) run
 * beside a container, not in it, and fit none.
 */
const COMPONENT_PATTERNS: readonly EnginePattern[] = [
  { engine: 'docker', pattern: new RegExp(`^docker-${ID}\\.scope$`) },
  { engine: 'podman', pattern: new RegExp(`^libpod-(?!conmon-)${ID}(?:\\.scope)?$`) },
  { engine: 'containerd', pattern: new RegExp(`^cri-containerd-${ID}\\.scope$`) },
  { engine: 'containerd', pattern: /:cri-containerd:([0-9A-Za-z_.-]+)$/ },
  { engine: 'cri-o', pattern: new RegExp(`^crio-(?!conmon-)${ID}(?:\\.scope)?$`) },
  { engine: 'lxc', pattern: /^lxc\.payload\.(.+)$/ },
  { engine: 'nspawn', pattern: /^systemd-nspawn@(.+)\.service$/ },
  { engine: 'machine', pattern: /^machine-(.+)\.scope$/ },
  { engine: 'flatpak', pattern: /^app-flatpak-(.+)-[0-9]+\.scope$/ },
  { engine: 'snap', pattern: /^snap\.([^.]+\.[^.]+?)(?:[.-][0-9a-f-]{36})?\.(?:scope|service)$/ },
];

/** Formats that need the component before: `PARENT/ID`. */
const PATH_PATTERNS: readonly EnginePattern[] = [
  { engine: 'docker', pattern: new RegExp(`/docker/${ID}(?:/|$)`) },
  { engine: 'kubernetes', pattern: new RegExp(`/kubepods.*/pod[0-9a-f_-]+/${ID}(?:/|$)`) },
  { engine: 'kubernetes', pattern: new RegExp(`/kubepods-.*pod[0-9a-f_]+\\.slice/${ID}(?:/|$)`) },
  { engine: 'podman', pattern: new RegExp(`/libpod_parent/(?:libpod-)?${ID}(?:/|$)`) },
  { engine: 'containerd', pattern: /^\/(?:default|k8s\.io|moby)\/([0-9A-Za-z][0-9A-Za-z_.-]*)$/ },
  { engine: 'lxc', pattern: /\/lxc\/([^/]+)/ },
];

const SYSTEMD_ESCAPES = /(?:\\x[0-9a-f]{2})+/g;

/** systemd.unit(5): a byte that is not allowed in a unit name is `\xNN`. */
export function unescapeUnit(text: string): string {
  // A character of several bytes stands there as several.
  return text.replace(SYSTEMD_ESCAPES, (escapes) =>
    bytesText(Uint8Array.from(escapes.split('\\x').slice(1), (hex) => parseInt(hex, 16))),
  );
}

/** The path of a line of /proc/PID/cgroup, `HIERARCHY:CONTROLLERS:PATH`, cgroups(7). */
function pathOfLine(line: string): string {
  return line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
}

function identityOfPath(path: string): ContainerIdentity | null {
  const components = path.split('/').filter(Boolean).reverse();
  for (const component of components) {
    for (const { engine, pattern } of COMPONENT_PATTERNS) {
      const containerId = pattern.exec(component)?.[1];
      if (containerId !== undefined) return { engine, containerId: unescapeUnit(containerId) };
    }
  }
  for (const { engine, pattern } of PATH_PATTERNS) {
    const containerId = pattern.exec(path)?.[1];
    if (containerId !== undefined) return { engine, containerId: unescapeUnit(containerId) };
  }
  return null;
}

/** The container that cgroup lines tell of; all hierarchies are asked, for v1 engines set only some. */
export function containerOfCgroup(lines: readonly string[]): ContainerIdentity | null {
  for (const line of lines) {
    const identity = identityOfPath(pathOfLine(line));
    if (identity) return identity;
  }
  return null;
}

/** The systemd unit (service or scope) of cgroup lines: the deepest on the unified or systemd hierarchy. */
export function unitOfCgroup(lines: readonly string[]): string | null {
  for (const line of lines) {
    if (!line.startsWith('0::') && !line.includes(':name=systemd:')) continue;
    const unit = pathOfLine(line)
      .split('/')
      .reverse()
      .find((component) => /\.(service|scope)$/.test(component) && component !== 'init.scope');
    if (unit !== undefined) return unescapeUnit(unit);
  }
  return null;
}

/** A container with the best name there is: the engine's, else a short id. */
export interface ContainerLabel extends ContainerIdentity {
  name: string;
  fact: ContainerFact | null;
}

const SHORT_ID = 12;
const identities = new WeakMap<readonly string[], ContainerIdentity | null>();

export function containerOf(model: Model, process: ProcessFact | undefined): ContainerLabel | null {
  const lines = process?.details?.cgroup;
  if (!lines) return null;
  let identity = identities.get(lines);
  if (identity === undefined) identities.set(lines, (identity = containerOfCgroup(lines)));
  if (!identity) return null;
  const fact = model.containers.get(`${identity.engine}:${identity.containerId}`) ?? null;
  const isHash = /^[0-9a-f]{64}$/.test(identity.containerId);
  const short = isHash ? identity.containerId.slice(0, SHORT_ID) : identity.containerId;
  return { ...identity, name: fact?.name ?? short, fact };
}

export function unitOf(process: ProcessFact | undefined): string | null {
  const lines = process?.details?.cgroup;
  return lines ? unitOfCgroup(lines) : null;
}
