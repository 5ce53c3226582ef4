/**
 * Names of containers from the engines' API sockets: one read-only request each, limited in time and size.
 * An engine that is not there is no gap; one that does not answer is.
 */
import { request } from 'node:http';
import { existsSync } from 'node:fs';
import type { ContainerFact } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

const TIME_LIMIT_MS = 1500;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

interface EngineRecord {
  engine: string;
  sockets: string[];
}

/** Podman serves Docker's API too: one decoder for both. The variables are those of the engines' own clients. */
function engineTable(): EngineRecord[] {
  const runtimeDirectory = process.env['XDG_RUNTIME_DIR'];
  const rootless = runtimeDirectory ? [`${runtimeDirectory}/podman/podman.sock`] : [];
  return [
    { engine: 'docker', sockets: [...localHost('DOCKER_HOST'), '/run/docker.sock', '/var/run/docker.sock'] },
    { engine: 'podman', sockets: [...localHost('CONTAINER_HOST'), '/run/podman/podman.sock', ...rootless] },
  ];
}

/** The socket of `unix:///path` in a variable; engines on other machines are no business of ours. */
function localHost(variable: string): string[] {
  const path = /^unix:\/\/(\/.*)$/.exec(process.env[variable] ?? '')?.[1];
  return path === undefined ? [] : [path];
}

/** Directories to watch: a socket that appears there is an engine that started. */
export const ENGINE_DIRECTORIES: readonly string[] = ['/run/docker', '/run/podman', '/run/containerd'];

export async function collectContainerNames(discovery: Discovery): Promise<void> {
  if (!discovery.options.containerNames) return;
  const answers = await Promise.all(engineTable().map((record) => askEngine(discovery, record)));
  discovery.containers = answers.flat();
}

async function askEngine(discovery: Discovery, { engine, sockets }: EngineRecord): Promise<ContainerFact[]> {
  const subject = `${engine} names`;
  discovery.gaps.forget(subject);
  const socketPath = sockets.find((path) => existsSync(path));
  if (!socketPath) return [];
  try {
    return decodeContainers(engine, await get(socketPath, '/containers/json?all=false'));
  } catch (error) {
    // A socket left behind by an engine that was killed refuses: nobody is there to know names.
    const code = (error as NodeJS.ErrnoException).code ?? 'EPROTO';
    if (code !== 'ECONNREFUSED' && code !== 'ENOENT') discovery.gaps.add(subject, code, socketPath);
    return [];
  }
}

/** `GET /containers/json` of the Docker Engine API: [{Id, Names: ["/name"], Image}]. */
export function decodeContainers(engine: string, answer: string): ContainerFact[] {
  const list: unknown = JSON.parse(answer);
  if (!Array.isArray(list)) throw Object.assign(new Error('not a list'), { code: 'EPROTO' });
  return list.flatMap((entry: { Id?: unknown; Names?: unknown; Image?: unknown }) => {
    const name: unknown = Array.isArray(entry.Names) ? entry.Names[0] : undefined;
    if (typeof entry.Id !== 'string' || typeof name !== 'string') return [];
    const image = typeof entry.Image === 'string' ? { image: entry.Image } : {};
    return [{ engine, containerId: entry.Id, name: name.replace(/^\//, ''), ...image }];
  });
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, headers: { host: 'nsview' } }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) call.destroy(Object.assign(new Error('too long'), { code: 'EMSGSIZE' }));
        chunks.push(chunk);
      });
      response.on('end', () => {
        clearTimeout(timer);
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(Object.assign(new Error(`status ${String(response.statusCode)}`), { code: 'EPROTO' }));
      });
      response.on('error', reject);
    });
    // A deadline for the whole exchange: an idle time-out would let a trickling peer hold us for ever.
    const timer = setTimeout(
      () => call.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      TIME_LIMIT_MS,
    );
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    call.end();
  });
}
