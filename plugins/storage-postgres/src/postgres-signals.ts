import { storageErrors as errors, type Signals } from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { createListener } from './signal-listener.ts';
import { sendAlone } from './run-outcome.ts';
import { ownName } from './statement-name.ts';

/** Signals that can be ended. */
export interface PostgresSignals extends Signals {
  close(): void;
}

const channelPattern = /^[a-z0-9_]{1,48}$/;
const longestText = 4000;
const prefix = 'af_signal_';

/** Creates signals on LISTEN and NOTIFY, with one connection of their own while somebody listens. */
export function createPostgresSignals(pool: ConnectionPool): PostgresSignals {
  const listener = createListener(pool);
  const check = (channel: string): void => {
    if (channelPattern.test(channel)) return;
    const reason = 'its channel is not made of 1 to 48 lower-case letters, digits and _';
    throw errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: 'NOTIFY' });
  };

  let waiting: { channel: string; text: string }[] = [];
  let sending: Promise<void> | undefined;
  /** Committing notifications takes a lock on the whole server: what comes while one is under way goes together. */
  const send = async (): Promise<void> => {
    await listener.ready();
    const all = waiting;
    waiting = [];
    sending = undefined;
    const steps = all.map(({ channel, text }) => ({
      text: 'SELECT pg_notify($1, $2)',
      values: [prefix + channel, text],
      name: ownName('notify'),
    }));
    await sendAlone(pool, steps, 'NOTIFY', true);
  };

  let last: Promise<void> = Promise.resolve();
  return {
    async publish(channel, text) {
      check(channel);
      if (Buffer.byteLength(text) > longestText || text.includes('\0')) {
        const reason = `its text is longer than ${longestText} bytes, or holds U+0000`;
        throw errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: 'NOTIFY' });
      }
      waiting.push({ channel, text });
      if (sending === undefined) {
        const before = last;
        sending = before.then(send, send);
        last = sending;
      }
      await sending;
    },
    subscribe(channel, heard) {
      check(channel);
      return listener.add(prefix + channel, heard);
    },
    close: () => listener.close(),
  };
}
