/** Files that tell of changes at once, by inotify through chokidar: between two polls nothing is lost, only late. */
import { watch } from 'chokidar';
import { ENGINE_DIRECTORIES } from './container-names.js';

export interface Watcher {
  close: () => void;
}

/** Calls back when a namespace gets or loses a name, or an engine starts or stops. */
export function watchNamespacePlaces(changed: () => void): Watcher {
  return watchPaths(['/run/netns', ...ENGINE_DIRECTORIES], changed);
}

/** Calls back when one of the files appears, changes or goes. */
export function watchPaths(paths: readonly string[], changed: () => void): Watcher {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    depth: 0,
    // A namespace in /run/netns cannot be opened as a file, and its mode does not matter.
    ignorePermissionErrors: true,
    followSymlinks: false,
  });
  watcher.on('all', () => changed());
  watcher.on('error', () => undefined);
  return { close: () => void watcher.close() };
}
