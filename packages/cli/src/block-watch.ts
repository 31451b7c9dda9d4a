import { setTimeout as wait } from 'node:timers/promises';
import { readInstalled } from '@agent-factory/plugin-install/installed';
import { paint, print, printError } from './terminal.ts';

/** Longest that a start waits for registries to say what is blocked. */
const patienceMs = 5_000;

/** A running watch. */
export interface BlockWatch {
  /** From now on the platform is told to go on without what is stopped. */
  serve(reload: () => Promise<unknown>): void;
  close(): void;
}

/**
 * Looks at the registries' lists of blocked plugins, and again after each `everyMs`. Resolves after the first look, so
 * that what is blocked is not even started; registries that take long are not waited for, and one that does not answer
 * changes nothing.
 */
export async function watchBlocks(dataDir: string, everyMs: number): Promise<BlockWatch> {
  let closed = false;
  let reload: (() => Promise<unknown>) | undefined;
  let isMissed = false;
  const look = async (): Promise<void> => {
    try {
      if (Object.keys(readInstalled(dataDir).plugins).length === 0) return;
      const { applyBlocks, httpTransport } = await import('@agent-factory/plugin-install');
      const { stopped } = await applyBlocks(dataDir, { transport: httpTransport });
      if (stopped.length === 0 || closed) return;
      for (const { id, reason } of stopped) print(`${paint('red', '✗')} ${id} is stopped: ${reason}`);
      if (reload) await reload();
      else isMissed = true;
    } catch (error) {
      if (!closed) printError(error);
    }
  };
  const looked = new AbortController();
  const patience = wait(patienceMs, undefined, { signal: looked.signal }).catch(() => {});
  await Promise.race([look(), patience]);
  looked.abort();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    serve(given) {
      reload = given;
      // It may have come too late for the start.
      if (isMissed) void given().catch(printError);
    },
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
