import { existsSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Kernel } from '@agent-factory/kernel';

const quietMs = 150;

/** A running watch. */
export interface PlatformWatch {
  close(): void;
}

/**
 * Watches the configuration file, local plugins and what settings point at, and calls `changed` once a burst of changes
 * is over. A folder that is not there yet is seen when it is made.
 */
export function watchPlatform(kernel: Kernel, changed: (what: string) => Promise<void>): PlatformWatch {
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const notice = (what: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      void changed(what).finally(rewatch);
    }, quietMs);
  };
  /** Watches one name in a folder: a file that editors replace, or what is not there yet. */
  const watchName = (path: string, seen: (name: string) => void): void => {
    const name = basename(path);
    if (!existsSync(dirname(path))) return;
    watchers.push(watch(dirname(path), (_event, file) => file === name && seen(name)));
  };
  const rewatch = (): void => {
    close();
    const { configFile, watched } = kernel.sources();
    if (configFile) watchName(configFile, (name) => notice(`${name} changed`));
    for (const path of watched) {
      if (!existsSync(path)) {
        watchName(path, (name) => {
          rewatch(); // what comes into it next is seen as well
          notice(`${name} changed`);
        });
        continue;
      }
      watchers.push(
        watch(path, { recursive: true }, (_event, file) => {
          if (file && !/(^|[/\\])(node_modules|\.[^/\\]*)([/\\]|$)/.test(file)) notice(`${file} changed`);
        }),
      );
    }
    for (const watcher of watchers) watcher.on('error', () => watcher.close());
  };
  const close = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  rewatch();
  return {
    close: () => {
      clearTimeout(timer);
      close();
    },
  };
}
