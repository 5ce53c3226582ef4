/** The collector's own thread: the screen never waits for the kernel. Entry point of a Worker. */
import { parentPort, workerData } from 'node:worker_threads';
import type { MountTablesDelta, NetworkTablesDelta } from '../model/snapshot-delta.js';
import type { FeedMessage } from '../model/sample-feed.js';
import type { CollectOptions } from './discovery.js';
import { LiveCollector } from './live-collector.js';
import type { CollectorRequest } from './collector-client.js';
import { RefreshLoop } from './refresh-loop.js';

const PUMP_EVERY_MS = 250;
const LINK_EVENTS_EVERY_MS = 100;

const { options, delay } = workerData as { options: Partial<CollectOptions>; delay: number };
const port = parentPort!;
const collector = new LiveCollector(options);
const loop = new RefreshLoop(
  {
    look,
    isCatchingUp: () => collector.isCatchingUp,
    tell: (status) => send({ message: 'status', source: collector.source, ...status }),
    now: () => Date.now(),
  },
  delay,
);
/** The rings of the feed hold some thousand events: they are emptied this often, whatever the delay. */
const pump = setInterval(() => collector.pump(), PUMP_EVERY_MS);
/** A link that comes or goes in our own network namespace is shown at once. */
const linkEvents = setInterval(() => {
  if (!loop.frozen) sendNetworks(collector.networkNews());
}, LINK_EVENTS_EVERY_MS);

function send(message: FeedMessage): void {
  port.postMessage(message);
}

function sendMounts(delta: MountTablesDelta | null): void {
  if (delta) send({ message: 'mounts', delta });
}

function sendNetworks(delta: NetworkTablesDelta | null): void {
  if (delta) send({ message: 'networks', delta });
}

function sendSockets(): void {
  const sockets = collector.refreshSockets();
  if (sockets) send({ message: 'sockets', ...sockets });
}

function sendInteriors(): void {
  const interiors = collector.refreshInteriors();
  if (interiors) send({ message: 'interiors', interiors });
}

async function look(everything: boolean): Promise<void> {
  const delta = await collector.refresh(everything);
  if (delta) send({ message: 'delta', delta });
  sendMounts(collector.refreshMounts());
  sendNetworks(collector.refreshNetworks());
  sendSockets();
  sendInteriors();
}

port.on('message', (request: CollectorRequest) => {
  switch (request.request) {
    case 'refresh':
      loop.ask(request.everything, request.number);
      break;
    case 'hint':
      collector.hint();
      loop.hint();
      break;
    case 'watch':
      collector.watch(request.pids);
      break;
    case 'mounts':
      // At once, and without a whole refresh: the cursor may go through many namespaces in a second.
      sendMounts(collector.watchMounts(request.focus));
      if (collector.isReadingMounts) {
        if (loop.frozen) sendMounts(collector.refreshMounts());
        else loop.ask(false);
      }
      break;
    case 'mount-users':
      send({ message: 'mount-users', users: collector.mountUsers(request.query) });
      break;
    case 'networks':
      sendNetworks(collector.watchNetworks(request.focus));
      if (collector.isReadingNetworks) {
        if (loop.frozen) sendNetworks(collector.refreshNetworks());
        else loop.ask(false);
      }
      break;
    case 'firewall':
      send({ message: 'firewall', firewall: collector.firewall(request.key) });
      break;
    case 'sockets':
      collector.watchSockets(request.watched);
      sendSockets();
      break;
    case 'interiors':
      collector.watchInteriors(request.watched);
      sendInteriors();
      break;
    case 'comparison':
      send({ message: 'comparison', facts: collector.comparison(request.query) });
      break;
    case 'session':
      send({ message: 'session', facts: collector.session() });
      break;
    case 'delay':
      loop.setDelay(request.milliseconds);
      break;
    case 'freeze':
      loop.setFrozen(request.frozen);
      break;
    case 'close':
      loop.close();
      clearInterval(pump);
      clearInterval(linkEvents);
      collector.close();
      port.close();
      break;
  }
});

collector.start().then(
  (snapshot) => {
    send({ message: 'snapshot', snapshot });
    loop.start();
  },
  (error: unknown) => send({ message: 'failed', reason: String((error as Error).stack ?? error) }),
);
