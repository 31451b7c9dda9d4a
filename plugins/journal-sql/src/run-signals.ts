import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { RunAddress, Signals } from '@agent-factory/sdk/contracts';

/** Tells other processes which runs have new events. */
export interface RunSignals {
  written(run: RunAddress): void;
  /** Resolves when all that was written has been told. */
  close(): Promise<void>;
}

/** Who hears of what others wrote. */
export interface RunListener {
  written(run: RunAddress): void;
  /** Something may have been written that nobody heard of. */
  missed(): void;
}

const channel = 'journal_runs';
/** Milliseconds from one message to the next: what is written meanwhile goes into one. */
const pauseMs = 20;
/** Bytes of a message: a signal holds 4,000. */
const mostBytes = 3900;

/**
 * Sends and hears signals: the sender on the first line, then `tenant/run` on each. The first one goes out at once;
 * a loss is made up for by the looks of whoever follows.
 */
export function createRunSignals(signals: Signals, listener: RunListener): RunSignals {
  const self = randomUUID();
  let waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sent = Promise.resolve();

  const subscription = signals.subscribe(channel, (text) => {
    if (text === undefined) return listener.missed();
    const [sender, ...addresses] = text.split('\n');
    if (sender === self) return;
    for (const address of addresses) {
      const slash = address.indexOf('/');
      listener.written({ tenant: address.slice(0, slash), runId: address.slice(slash + 1) });
    }
  });

  const sendNow = async (): Promise<void> => {
    const addresses = waiting;
    waiting = new Set();
    try {
      for (const text of messages(self, addresses)) await signals.publish(channel, text);
    } catch {
      // A signal is a hint: whoever follows looks from time to time.
    }
  };

  /** One message after another. */
  const send = (): void => {
    sent = sent.then(sendNow);
  };

  /** One timer for all who write: it must not end with whoever was the first. */
  const outside = AsyncLocalStorage.snapshot();
  const pause = (): void => {
    timer = outside(() => setTimeout(resume, pauseMs).unref());
  };
  const resume = (): void => {
    timer = undefined;
    if (waiting.size === 0) return;
    pause();
    send();
  };

  return {
    written({ tenant, runId }) {
      waiting.add(`${tenant}/${runId}`);
      if (timer !== undefined) return;
      pause();
      // After all that this commit wrote has been named.
      setImmediate(send);
    },
    close() {
      subscription[Symbol.dispose]();
      clearTimeout(timer);
      send();
      return sent;
    },
  };
}

/** The addresses in messages that are short enough. */
function* messages(self: string, addresses: Iterable<string>): Generator<string> {
  let text = self;
  for (const address of addresses) {
    if (Buffer.byteLength(text) + Buffer.byteLength(address) + 1 > mostBytes) {
      yield text;
      text = self;
    }
    text += `\n${address}`;
  }
  if (text !== self) yield text;
}
