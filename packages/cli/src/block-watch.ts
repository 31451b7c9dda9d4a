import { setTimeout as wait } from 'node:timers/promises';
import { readInstalled } from '@agent-factory/plugin-install/installed';
import { paint, print, printError } from './terminal.ts';

/** Longest that a start waits for registries to say what is blocked. */
const patienceMs = 5_000;
/** A timer of more would fire at once, again and again. */
const longestMs = 2 ** 31 - 1;

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
  let isLooking = false;
  let known = stoppedIn(dataDir);
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      if (Object.keys(readInstalled(dataDir).plugins).length === 0) return;
      const { applyBlocks, httpTransport } = await import('@agent-factory/plugin-install');
      await applyBlocks(dataDir, { transport: httpTransport });
      if (closed) return;
      // Of several processes of one platform another may have written it down first.
      const now = stoppedIn(dataDir);
      const lines = [...now].flatMap(([plugin, line]) => (known.has(plugin) ? [] : [line]));
      for (const line of lines) print(line);
      if (lines.length > 0 && reload) await reload();
      else if (lines.length > 0) isMissed = true;
      known = now;
    } catch (error) {
      if (!closed) printError(error);
    } finally {
      isLooking = false;
    }
  };
  const looked = new AbortController();
  const patience = wait(patienceMs, undefined, { signal: looked.signal }).catch(() => {});
  await Promise.race([look(), patience]);
  looked.abort();
  const timer = setInterval(() => void look(), Math.min(everyMs, longestMs));
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

/** What is stopped, by plugin and version, each with the line that says so. */
function stoppedIn(dataDir: string): ReadonlyMap<string, string> {
  const all = Object.entries(readInstalled(dataDir).plugins);
  return new Map(
    all.flatMap(([id, { version, blocked }]): [string, string][] =>
      blocked === undefined
        ? []
        : [[`${id}@${version}`, `${paint('red', '✗')} ${id} is stopped: ${blocked}`]],
    ),
  );
}
