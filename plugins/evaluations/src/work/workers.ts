import { setTimeout as delay } from 'node:timers/promises';
import type { Disposer, PlatformRole } from '@agent-factory/sdk';
import { databaseNow, type Jobs, type SqlDialect, type TenantAnalytics } from '@agent-factory/sdk/contracts';
import { carryOut, type CarryOutParts, type EvaluationAddress } from './carry-out.ts';

const queue = 'evaluations.begin';
const firstPauseMs = 1_000;
const mostPauseMs = 30_000;

/** What the workers stand on. */
export interface WorkersParts extends CarryOutParts {
  readonly role: PlatformRole;
  /** Names this process, unique among all that ever were. */
  readonly owner: string;
  readonly jobs: Jobs | undefined;
  readonly analytics: TenantAnalytics;
  readonly dialect: SqlDialect;
}

/** Those who carry evaluations out in this process. */
export interface Workers {
  /** Has an evaluation carried out: here, or by a process that works. */
  call(address: EvaluationAddress): Promise<void>;
  /** Stops work on it here. */
  stop(address: EvaluationAddress): void;
  /** Resolves when nobody is at work on it here any more; `undefined` when nobody is. */
  done(address: EvaluationAddress): Promise<void> | undefined;
  /** Takes calls, and looks for evaluations that nobody carries out. */
  serve(): Promise<Disposer | undefined>;
  /** Leaves everything to others. */
  close(): Promise<void>;
}

/** Creates the workers. */
export function createWorkers(parts: WorkersParts): Workers {
  const { config, role, owner, jobs, analytics, dialect, log } = parts;
  const isHere = role !== 'api' || config.execute === 'here';
  const active = new Map<string, { readonly work: Promise<void>; readonly stop: AbortController }>();
  const closed = new AbortController();

  const work = async (address: EvaluationAddress, signal: AbortSignal): Promise<void> => {
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, mostPauseMs)) {
      if ((await carryOut(address, owner, signal, parts)) === 'over') return;
      await delay(pauseMs, undefined, { signal }).catch(() => {}); // the loop sees that it was aborted
    }
  };
  const begin = (address: EvaluationAddress): void => {
    const key = keyOf(address);
    if (active.has(key) || closed.signal.aborted) return;
    const stop = new AbortController();
    const done = work(address, AbortSignal.any([closed.signal, stop.signal]))
      .catch((error: unknown) => {
        log.warn('an evaluation was left to others', { evaluation: address.id, error });
      })
      .finally(() => active.delete(key));
    active.set(key, { work: done, stop });
  };
  const look = async (): Promise<void> => {
    try {
      const rows = await analytics.query<EvaluationAddress>(
        'SELECT {{tenant.id}} AS tenant, id FROM af_evaluations_evaluations' +
          ` WHERE state = 'running' AND lease_until <= ${databaseNow(dialect)}`,
      );
      for (const { tenant, id } of rows) begin({ tenant, id });
    } catch (error) {
      log.warn('evaluations that nobody carries out could not be looked for', { error });
    }
  };

  return {
    async call({ tenant, id }) {
      if (isHere) return begin({ tenant, id });
      // Who looks finds it as well, only later.
      await jobs
        ?.enqueue([{ queue, tenant, data: { tenant, id }, dedupeKey: `${tenant}:${id}` }])
        .catch((error: unknown) => log.warn('the workers were not called', { evaluation: id, error }));
    },
    stop: (address) => active.get(keyOf(address))?.stop.abort(),
    done: (address) => active.get(keyOf(address))?.work,
    async serve() {
      if (role === 'api') return undefined;
      const worker = await jobs?.work(queue, async ({ job }) => {
        begin(job.data as unknown as EvaluationAddress); // as it was called
      });
      const stop = new AbortController();
      const looking = (async () => {
        while (!stop.signal.aborted) {
          await look();
          await delay(config.lookMs, undefined, { signal: stop.signal, ref: false }).catch(() => {}); // it was stopped
        }
      })();
      return async () => {
        stop.abort();
        await worker?.close();
        await looking;
      };
    },
    async close() {
      closed.abort();
      await Promise.all([...active.values()].map((one) => one.work));
    },
  };
}

function keyOf({ tenant, id }: EvaluationAddress): string {
  return `${tenant}/${id}`;
}
