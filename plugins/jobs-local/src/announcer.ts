import type { Logger } from '@agent-factory/sdk';
import type { Signals } from '@agent-factory/sdk/contracts';
import { randomUUID } from 'node:crypto';

/** What a worker hears. */
export interface Listener {
  /** There may be something to do, `delayMs` from now. Says whether it has room for it. */
  wake(delayMs: number): boolean;
}

/** Tells workers of this process, and of others where there are signals, that there is something to do. */
export interface Announcer {
  /** Registers the worker of a queue. */
  listen(queue: string, listener: Listener): void;
  leave(queue: string, listener: Listener): void;
  /** A job was added to the queue, or came back to it. */
  added(queue: string, delayMs: number): void;
  /** A job that another process may hold has ended. */
  ended(): void;
  close(): void;
}

const channel = 'jobs_local';

/** Creates an announcer. `onEnded`: somebody else ended jobs that may be at work here. */
export function createAnnouncer(signals: Signals | undefined, log: Logger, onEnded: () => void): Announcer {
  const self = randomUUID();
  const listeners = new Map<string, Listener>();
  let toTell = new Set<string>();
  let telling = false;
  let closed = false;

  const heard = (text: string | undefined): void => {
    const [from, ...about] = text?.split(' ') ?? [];
    if (from === self) return;
    for (const [queue, listener] of listeners)
      if (text === undefined || about.includes(`+${queue}`)) listener.wake(0);
    if (text === undefined || about.includes('ended')) onEnded();
  };
  const subscription = signals?.subscribe(channel, heard);

  /** One message at a time; what comes meanwhile goes into the next. */
  const tell = async (what: string): Promise<void> => {
    if (signals === undefined || closed) return;
    toTell.add(what);
    if (telling) return;
    telling = true;
    while (toTell.size > 0 && !closed) {
      const about = [...toTell].slice(0, 40);
      toTell = new Set([...toTell].slice(40));
      try {
        await signals.publish(channel, [self, ...about].join(' '));
      } catch (error) {
        // A hint only: whoever did not hear it will look by itself.
        log.debug('A hint for other processes could not be sent.', { error });
      }
    }
    telling = false;
  };

  return {
    listen: (queue, listener) => void listeners.set(queue, listener),
    leave(queue, listener) {
      if (listeners.get(queue) === listener) listeners.delete(queue);
    },
    added(queue, delayMs) {
      const hasRoom = listeners.get(queue)?.wake(delayMs) ?? false;
      if (!hasRoom && delayMs === 0) void tell(`+${queue}`);
    },
    ended: () => void tell('ended'),
    close() {
      closed = true;
      subscription?.[Symbol.dispose]();
    },
  };
}
