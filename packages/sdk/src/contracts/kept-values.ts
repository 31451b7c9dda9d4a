import type { Logger } from '../log.ts';
import type { Signals } from './signals.ts';

const mostKept = 10_000;

/** What was looked up, until anything changes. */
export interface KeptValues<T> {
  /** The value at once where it is kept, else as looked up by `make`. An error of `make` is kept by nobody. */
  get(key: string, make: () => Promise<T>): T | Promise<T>;
  /** Something changed: nothing kept holds any more, in any process. Never fails. */
  changed(): Promise<void>;
  close(): void;
}

/** How long values are kept, and who hears of changes. */
export interface KeptValuesOptions {
  /** Of the signals that tell other processes of a change. */
  readonly channel: string;
  /** Milliseconds; how long a change in another process may go unnoticed. 0: nothing is kept. */
  readonly keepMs: number;
  readonly signals: Signals | undefined;
  readonly log: Logger;
}

/**
 * For what is asked for with every request and changes rarely: who somebody is, what they may do. All of it goes when
 * anything changes.
 */
export function createKeptValues<T>({ channel, keepMs, signals, log }: KeptValuesOptions): KeptValues<T> {
  const kept = new Map<string, { readonly until: number; readonly value: T }>();
  let version = 0;
  const forget = (): void => {
    version += 1;
    kept.clear();
  };
  const heard = signals?.subscribe(channel, forget);
  const look = async (key: string, make: () => Promise<T>): Promise<T> => {
    const before = version;
    const value = await make();
    // What was read before a change is not kept after it.
    if (before === version && keepMs > 0) {
      if (kept.size >= mostKept) kept.clear();
      kept.set(key, { until: performance.now() + keepMs, value });
    }
    return value;
  };
  return {
    get(key, make) {
      const found = kept.get(key);
      return found && found.until > performance.now() ? found.value : look(key, make);
    },
    async changed() {
      forget();
      await signals?.publish(channel, 'changed').catch((error: unknown) => {
        log.warn('other processes were not told of a change', { channel, error: String(error) });
      });
    },
    close: () => heard?.[Symbol.dispose](),
  };
}
