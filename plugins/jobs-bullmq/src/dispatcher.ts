import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@agent-factory/sdk';
import { createGrouped } from '@agent-factory/sdk/contracts';
import { Queue } from 'bullmq';
import type { RedisLink } from './redis-link.ts';
import { callName } from './call-names.ts';
import type { Call } from './job-ledger.ts';

/** Puts calls to work into Redis. A call that is lost on the way is sent again by the reconciler. */
export interface Dispatcher {
  /** Sends calls; true when Redis has taken them. */
  send(calls: readonly Call[]): Promise<boolean>;
  /** Those of the calls that Redis does not know. Throws when it cannot be asked. */
  missing(calls: readonly Call[]): Promise<readonly Call[]>;
  /** Takes calls back that nobody has begun on. */
  withdraw(call: Pick<Call, 'id' | 'queue' | 'dispatch' | 'packet'>): Promise<void>;
  /** Fails with AF_JOBS_UNAVAILABLE while Redis is away. */
  check(): Promise<void>;
  pause(queue: string, paused: boolean): Promise<void>;
  /** How many calls are on their way. */
  backlog(): number;
  close(): Promise<void>;
}

/** Creates the sender of calls. */
export function createDispatcher(link: RedisLink, prefix: string, log: Logger): Dispatcher {
  const queues = new Map<string, Queue>();
  const queueOf = (name: string): Queue => {
    const known = queues.get(name);
    if (known) return known;
    const queue = new Queue(name, { connection: link.commands, prefix, skipVersionCheck: true });
    queue.on('error', (error) => log.debug('a queue in Redis reports an error', { reason: error.message }));
    queues.set(name, queue);
    return queue;
  };
  let underWay = 0;

  /** BullMQ would wait for a connection, however long that takes. */
  const isAway = (): boolean => link.commands.status !== 'ready';

  const run = async (lists: readonly (readonly Call[])[]): Promise<readonly boolean[]> => {
    if (isAway()) return lists.map(() => false);
    const byQueue = Map.groupBy(lists.flat(), ({ queue }) => queue);
    try {
      for (const [name, calls] of byQueue) {
        await queueOf(name).addBulk(
          [...Map.groupBy(calls, callName)].map(([jobId, [call, ...others]]) => ({
            name: 'j',
            data: others.length > 0 ? [call, ...others].map((each) => each?.id) : 0,
            opts: {
              jobId,
              // In BullMQ lower numbers come first, and 0 before all.
              priority: 100 - (call?.priority ?? 0),
              ...(call && call.delay > 0 && { delay: Math.ceil(call.delay) }),
              removeOnComplete: true,
              removeOnFail: true,
            },
          })),
        );
      }
      return lists.map(() => true);
    } catch (error) {
      log.debug('calls could not be sent, they will be sent again', { reason: String(error) });
      return lists.map(() => false);
    }
  };
  const writes = createGrouped({ run });

  return {
    async send(calls) {
      if (calls.length === 0) return true;
      underWay += calls.length;
      try {
        return await writes.add(calls);
      } finally {
        underWay -= calls.length;
      }
    },
    async missing(calls) {
      const pipeline = link.commands.pipeline();
      const named = [...Map.groupBy(calls, (call) => `${prefix}:${call.queue}:${callName(call)}`)];
      for (const [key] of named) pipeline.exists(key);
      const answers = (await pipeline.exec()) ?? [];
      return named.flatMap(([, those], index) => {
        const [error, found] = answers[index] ?? [new Error('Redis gave no answer')];
        if (error) throw error;
        return found === 0 ? those : [];
      });
    },
    async withdraw(call) {
      // A call that others share stays; the job is no longer to be had.
      if (isAway() || call.packet) return;
      await queueOf(call.queue)
        .remove(callName(call))
        .catch(() => {}); // a worker has it, or it is gone
    },
    check: () => link.ping(),
    async pause(name, paused) {
      if (isAway()) await link.ping(); // says what is wrong
      const queue = queueOf(name);
      await (paused ? queue.pause() : queue.resume());
    },
    backlog: () => underWay,
    async close() {
      const closing = Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
      await Promise.race([closing, sleep(500, undefined, { ref: false })]);
    },
  };
}
