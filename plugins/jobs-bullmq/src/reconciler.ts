import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@agent-factory/sdk';
import { jobsErrors, type JobFailure } from '@agent-factory/sdk/contracts';
import type { Dispatcher } from './dispatcher.ts';
import type { JobFamilies } from './job-families.ts';
import type { Call, Ended, JobLedger } from './job-ledger.ts';
import { inState, recheckMs } from './ledger-sql.ts';
import type { RedisLink } from './redis-link.ts';

/** Dispatches again what Redis forgot, and gives away again what a worker left lying. */
export interface Reconciler {
  /** Looks once; says what it did. */
  run(): Promise<{ readonly expired: number; readonly dispatched: number }>;
  /** Looks for these jobs soon and again: a transaction that holds them is about to commit. */
  expect(ids: readonly string[]): void;
  /** Looks from time to time until it is stopped. */
  start(): () => Promise<void>;
}

/** What the reconciler needs. */
export interface ReconcilerOptions {
  readonly ledger: JobLedger;
  readonly dispatcher: Dispatcher;
  readonly families: JobFamilies;
  readonly link: RedisLink;
  readonly prefix: string;
  readonly leaseMs: number;
  readonly checkMs: number;
  readonly log: Logger;
}

const pageSize = 500;

/** Creates the reconciler. Any number of processes may run one at a time: what it does may be done twice. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { ledger, dispatcher, families, link, prefix, leaseMs, checkMs, log } = options;
  const { storage, sql } = ledger;
  const mark = `${prefix}:remembers`;
  const awaited = new Set<string>();
  let wake: (() => void) | undefined;
  let hurry = 0;

  /** Jobs of workers that gave no sign of life. */
  const expire = async (): Promise<number> => {
    const lost = jobsErrors.AF_JOB_LOST({ job: 'at work', ms: leaseMs });
    const failure: JobFailure = { code: lost.code, message: 'Its worker gave no sign of life.' };
    const rows = await storage.query<Call & Ended & { state: string }>(sql.expire, [JSON.stringify(failure)]);
    if (rows.length > 0) log.warn('jobs were lost by their workers', { jobs: rows.length });
    await dispatcher.send(rows.filter(({ state }) => state === 'waiting'));
    await families.ended(rows.filter(({ state }) => state === 'dead'));
    return rows.length;
  };

  /** Whether this is a Redis that holds what was sent to it. The mark is the server's own run id. */
  const forgot = async (): Promise<string | undefined> => {
    const [kept, info] = await Promise.all([link.commands.get(mark), link.commands.info('server')]);
    const runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? randomUUID();
    return kept === runId ? undefined : runId;
  };

  const recover = async (runId: string): Promise<void> => {
    await storage.execute(
      `UPDATE af_jobs_bullmq_jobs SET check_at = 0 WHERE state = 'waiting' AND check_at > 0`,
    );
    const paused = await storage.query<{ name: string }>(
      'SELECT name FROM af_jobs_bullmq_queues WHERE paused = 1',
    );
    for (const { name } of paused) await dispatcher.pause(name, true);
    await link.commands.set(mark, runId);
  };

  /** A shared call that is lost is not made again: which of its jobs still wait is known one by one. */
  const ownCalls = async (calls: readonly Call[]): Promise<readonly Call[]> => {
    const [shared, own] = [calls.filter(({ packet }) => packet), calls.filter(({ packet }) => !packet)];
    if (shared.length === 0) return own;
    const renamed = await storage.query<Call>(
      `UPDATE af_jobs_bullmq_jobs SET dispatch = dispatch + 1
        WHERE id ${sql.inIds} AND dispatch = 0 AND ${inState('waiting')} RETURNING ${sql.call}`,
      [JSON.stringify(shared.map(({ id }) => id))],
    );
    return [...own, ...renamed];
  };

  const dispatchDue = async (): Promise<number> => {
    let dispatched = 0;
    for (;;) {
      const due = await storage.query<Call>(
        `SELECT ${sql.call} FROM af_jobs_bullmq_jobs
          WHERE state = 'waiting' AND check_at <= ${sql.now} ORDER BY check_at, id LIMIT ${pageSize}`,
      );
      if (due.length === 0) return dispatched;
      for (const { id } of due) awaited.delete(id);
      const missing = await ownCalls(await dispatcher.missing(due));
      if (!(await dispatcher.send(missing))) return dispatched;
      dispatched += missing.length;
      await storage.execute(
        `UPDATE af_jobs_bullmq_jobs
          SET check_at = CASE WHEN run_at > ${sql.now} THEN run_at ELSE ${sql.now} END + ${recheckMs}
          WHERE id ${sql.inIds} AND ${inState('waiting')} AND check_at <= ${sql.now}`,
        [JSON.stringify(due.map(({ id }) => id))],
      );
      if (due.length < pageSize) return dispatched;
    }
  };

  const lookAtBlocked = async (): Promise<void> => {
    const rows = await storage.query<{ id: string }>(
      `SELECT id FROM af_jobs_bullmq_jobs WHERE state = 'blocked' AND check_at <= ${sql.now} LIMIT ${pageSize}`,
    );
    await families.look(rows.map(({ id }) => id));
  };

  const run: Reconciler['run'] = async () => {
    const expired = await expire();
    await lookAtBlocked();
    if (link.commands.status !== 'ready') return { expired, dispatched: 0 };
    const runId = await forgot();
    if (runId !== undefined) await recover(runId);
    const dispatched = await dispatchDue();
    if (runId !== undefined && dispatched > 0)
      log.warn('Redis had forgotten jobs, they were dispatched again', { jobs: dispatched });
    return { expired, dispatched };
  };

  return {
    run,
    expect(ids) {
      for (const id of ids) awaited.add(id);
      hurry = 1;
      wake?.();
    },
    start() {
      const stop = new AbortController();
      const loop = async (): Promise<void> => {
        let told = '';
        let next = 0;
        while (!stop.signal.aborted) {
          try {
            if (performance.now() >= next) {
              await run();
              next = performance.now() + checkMs;
            } else if (link.commands.status === 'ready') await dispatchDue();
            told = '';
          } catch (error) {
            if (!stop.signal.aborted && String(error) !== told) {
              told = String(error);
              log.warn('a look at what was forgotten failed and will be repeated', { reason: told });
            }
          }
          if (awaited.size === 0 || hurry > checkMs) {
            hurry = 0;
            awaited.clear();
          } else hurry *= 2;
          // The hint to hurry comes from inside somebody's transaction; the loop stays outside it.
          await new Promise<void>((resolve) => {
            wake = resolve;
            void sleep(hurry || Math.max(0, next - performance.now()), undefined, {
              signal: stop.signal,
            }).then(resolve, resolve);
          });
          wake = undefined;
        }
      };
      const running = loop();
      return async () => {
        stop.abort();
        await running;
      };
    },
  };
}
