import { unlessAborted } from '@agent-factory/sdk';

/** A look at sources that goes on, and those who wait for it. */
interface Look<T> {
  /** What it looks with; a base that was changed since needs another one. */
  readonly version: string;
  readonly done: Promise<T>;
  readonly controller: AbortController;
  askers: number;
}

/** Looks that several askers share. */
export interface SharedLooks<T> {
  /**
   * What a look under this key gives. Those who ask for the same version share one; for another version, one begins when
   * the one before has ended. Who goes away gets no answer; when all have, the look is given up.
   */
  share(
    asked: { readonly key: string; readonly version: string; readonly signal?: AbortSignal },
    begin: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

/** Creates them. */
export function createSharedLooks<T>(): SharedLooks<T> {
  const looks = new Map<string, Look<T>>();
  return {
    async share({ key, version, signal = new AbortController().signal }, begin) {
      signal.throwIfAborted();
      for (let look = looks.get(key); look && !isFor(look, version); look = looks.get(key))
        await unlessAborted(Promise.allSettled([look.done]), signal);
      const look = looks.get(key) ?? start(version, begin);
      looks.set(key, look);
      void look.done
        .catch(() => {})
        .finally(() => {
          if (looks.get(key) === look) looks.delete(key);
        });
      return join(look, signal);
    },
  };
}

/** One that was given up has no answer for anybody. */
function isFor<T>({ version, controller }: Look<T>, wanted: string): boolean {
  return version === wanted && !controller.signal.aborted;
}

function start<T>(version: string, begin: (signal: AbortSignal) => Promise<T>): Look<T> {
  const controller = new AbortController();
  return { version, done: begin(controller.signal), controller, askers: 0 };
}

/** The last one who goes away waits until the look was given up, so that nothing of it is left. */
async function join<T>(look: Look<T>, signal: AbortSignal): Promise<T> {
  look.askers++;
  try {
    return await unlessAborted(look.done, signal);
  } catch (error) {
    if (!signal.aborted || look.askers > 1) throw error;
    look.controller.abort(signal.reason);
    return await look.done;
  } finally {
    look.askers--;
  }
}
