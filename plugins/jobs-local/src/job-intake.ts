import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkNewJobs,
  createGrouped,
  type CheckedJob,
  type NewJob,
  type Sql,
  type SqlTransaction,
} from '@agent-factory/sdk/contracts';
import type { JobsCore } from './jobs-core.ts';

/** Accepts jobs. */
export interface JobIntake {
  enqueue(jobs: readonly NewJob[], tx?: SqlTransaction): Promise<readonly string[]>;
  /** Refuses nothing, but resolves when what was accepted so far is written. */
  close(): Promise<void>;
}

type Row = readonly (string | number | null)[];

/** A job as rows. */
interface Planned {
  readonly id: string;
  readonly queue: string;
  readonly key: string | undefined;
  readonly delayMs: number;
  readonly blocked: boolean;
  readonly row: Row;
  /** Its children, and theirs. */
  readonly below: readonly Row[];
  readonly bytes: number;
}

/** Whether a transaction that jobs were added in has come to its end is looked for after so many milliseconds. */
const looks = [0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** Creates an intake. */
export function createJobIntake(
  core: Pick<JobsCore, 'storage' | 'sql' | 'ids' | 'announcer' | 'log'>,
): JobIntake {
  const { storage, sql, ids, announcer, log } = core;
  const outside = AsyncLocalStorage.snapshot();
  const stop = new AbortController();

  const plan = (job: CheckedJob): Planned => {
    const id = ids.next();
    const below: Row[] = [];
    const addBelow = (parent: string, children: readonly CheckedJob[]): void => {
      for (const [place, child] of children.entries()) {
        const childId = ids.next();
        below.push(rowOf(child, childId, parent, place));
        addBelow(childId, child.children);
      }
    };
    addBelow(id, job.children);
    const { queue, dedupeKey: key, delayMs } = job;
    const bytes = job.text.length + 100 + below.reduce((sum, row) => sum + String(row[3]).length + 100, 0);
    const blocked = job.children.length > 0;
    return { id, queue, key, delayMs, blocked, row: rowOf(job, id, null, null), below, bytes };
  };

  /** Adds jobs, those of a key only once; gives the id of each. */
  const insert = async (to: Sql, jobs: readonly Planned[]): Promise<readonly string[]> => {
    if (!jobs.some(({ key }) => key !== undefined)) {
      await to.execute(sql.insert, [
        JSON.stringify([...jobs.map(({ row }) => row), ...jobs.flatMap(({ below }) => below)]),
      ]);
      return jobs.map(({ id }) => id);
    }
    const byKey = new Map<string, Planned>();
    const keyOf = (queue: string, key: string): string => `${queue} ${key}`;
    const unique = jobs.filter((job) => {
      if (job.key === undefined) return true;
      const key = keyOf(job.queue, job.key);
      if (byKey.has(key)) return false;
      byKey.set(key, job);
      return true;
    });
    // In one order everywhere, so that two processes never wait for each other.
    const sorted = unique.toSorted(({ key: a = '' }, { key: b = '' }) => (a < b ? -1 : a > b ? 1 : 0));
    const rows = await to.query<{ id: string; queue: string; dedupe_key: string | null }>(sql.insertKeyed, [
      JSON.stringify(sorted.map(({ row }) => row)),
    ]);
    const found = new Map(
      rows.flatMap(({ id, queue, dedupe_key: key }) =>
        key === null ? [] : [[keyOf(queue, key), id] as const],
      ),
    );
    const idOf = ({ id, queue, key }: Planned): string =>
      key === undefined ? id : (found.get(keyOf(queue, key)) ?? id);
    const below = unique.flatMap((job) => (idOf(job) === job.id ? job.below : []));
    if (below.length > 0) await to.execute(sql.insert, [JSON.stringify(below)]);
    return jobs.map(idOf);
  };

  const insertSafely = (jobs: readonly Planned[]): Promise<readonly string[]> =>
    jobs.some(({ key, below }) => key !== undefined && below.length > 0)
      ? storage.transaction((tx) => insert(tx, jobs))
      : insert(storage, jobs);

  const grouped = createGrouped<readonly Planned[], readonly string[]>({
    weigh: (jobs) => jobs.reduce((sum, { bytes }) => sum + bytes, 0),
    async run(calls) {
      const all = await insertSafely(calls.flat());
      let at = 0;
      return calls.map(({ length }) => all.slice(at, (at += length)));
    },
  });

  const announce = (jobs: readonly Planned[]): void => {
    const soonest = new Map<string, number>();
    for (const { queue, delayMs, blocked, below } of jobs) {
      if (!blocked) soonest.set(queue, Math.min(delayMs, soonest.get(queue) ?? Infinity));
      for (const row of below)
        if (row[8] !== 'blocked')
          soonest.set(String(row[1]), Math.min(Number(row[9]), soonest.get(String(row[1])) ?? Infinity));
    }
    for (const [queue, delayMs] of soonest) announcer.added(queue, delayMs);
  };

  /** A transaction does not say when it is committed, so the first of its jobs is looked for. */
  const announceWhenThere = async (jobs: readonly Planned[], id: string): Promise<void> => {
    try {
      for (const ms of looks) {
        if (ms > 0) await sleep(ms, undefined, { signal: stop.signal, ref: false });
        const rows = await storage.query('SELECT id FROM af_jobs_local_jobs WHERE id = ?', [id]);
        if (rows.length === 0) continue;
        announce(jobs);
        return;
      }
    } catch (error) {
      if (!stop.signal.aborted)
        log.debug('Jobs of a transaction wait for the next look at their queues.', { error });
    }
  };

  return {
    async enqueue(jobs, tx) {
      const planned = checkNewJobs(jobs).map(plan);
      if (planned.length === 0) return [];
      if (tx !== undefined) {
        const added = await insert(tx, planned);
        outside(() => void announceWhenThere(planned, added[0] ?? ''));
        return added;
      }
      // On a server, one that waits for a key in somebody's transaction must not hold up the others.
      const alone = storage.dialect === 'postgres' && planned.some(({ key }) => key !== undefined);
      const added = alone ? await insertSafely(planned) : await grouped.add(planned);
      announce(planned);
      return added;
    },
    async close() {
      stop.abort();
      await grouped.drain();
    },
  };
}

function rowOf(job: CheckedJob, id: string, parent: string | null, place: number | null): Row {
  const { queue, tenant, text, dedupeKey = null, priority, attempts, backoff, delayMs, children } = job;
  const { kind, delayMs: first, maxMs } = backoff;
  const pause =
    kind === 'exponential' && first === 1000 && maxMs === 300_000 ? null : JSON.stringify(backoff);
  const state = children.length > 0 ? 'blocked' : delayMs > 0 ? 'delayed' : 'waiting';
  const count = children.length;
  return [
    id,
    queue,
    tenant,
    text,
    dedupeKey,
    priority,
    attempts,
    pause,
    state,
    delayMs,
    parent,
    place,
    count,
  ];
}
