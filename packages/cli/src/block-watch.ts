import { readInstalled } from '@agent-factory/plugin-install/installed';
import { paint, print, printError } from './terminal.ts';

const everyMs = 3_600_000;

/** A running watch. */
export interface BlockWatch {
  close(): void;
}

/**
 * Looks at the registries' lists of blocked plugins now and every hour, and has the platform go on without those
 * that are on one. A registry that does not answer changes nothing.
 */
export function watchBlocks(dataDir: string, reload: () => Promise<unknown>): BlockWatch {
  let closed = false;
  const look = async (): Promise<void> => {
    try {
      if (Object.keys(readInstalled(dataDir).plugins).length === 0) return;
      const { applyBlocks, httpTransport } = await import('@agent-factory/plugin-install');
      const { stopped } = await applyBlocks(dataDir, { transport: httpTransport });
      if (stopped.length === 0 || closed) return;
      for (const { id, reason } of stopped) print(`${paint('red', '✗')} ${id} is stopped: ${reason}`);
      await reload();
    } catch (error) {
      if (!closed) printError(error);
    }
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
}
