import type { BeforeSettle } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { messageOf } from './send/payload.ts';
import type { Senders } from './send/senders.ts';
import { toAll } from './store/outbox.ts';

/** Runs whose event was not written after all are forgotten, the oldest first. */
const mostWaiting = 10_000;

/** Writes what is told with the event it tells of, and calls the senders once it is durable. */
export interface Settling {
  before(settle: BeforeSettle): BeforeSettle | undefined;
  after(event: RunEvent): void;
}

/** Creates it. */
export function createSettling(senders: Pick<Senders, 'call'>, now: () => number): Settling {
  /** Tenants by the event that is on its way. */
  const waiting = new Map<string, string>();
  const keyOf = ({ runId, seq }: RunEvent): string => `${runId}:${seq}`;
  return {
    before(settle) {
      const { tenant, event, run, along } = settle;
      const message = messageOf(event, run);
      if (!message) return undefined;
      for (const key of waiting.keys()) {
        if (waiting.size < mostWaiting) break;
        waiting.delete(key);
      }
      waiting.set(keyOf(event), tenant);
      return { ...settle, along: [...along, toAll(message, now())] };
    },
    after(event) {
      const key = keyOf(event);
      const tenant = waiting.get(key);
      if (tenant === undefined) return;
      waiting.delete(key);
      void senders.call(tenant); // never rejects
    },
  };
}
