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
 * is over.
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
  const rewatch = (): void => {
    close();
    const { configFile, watched } = kernel.sources();
    if (configFile) {
      // Editors replace files, so the folder is watched, not the file.
      const name = basename(configFile);
      watchers.push(watch(dirname(configFile), (_event, file) => file === name && notice(`${name} changed`)));
    }
    for (const path of watched.filter((one) => existsSync(one))) {
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
