import {
  checkNewJobs,
  newJobId,
  type CheckedJob,
  type NewJob,
  type SqlTransaction,
} from '@agent-factory/sdk/contracts';
import type { Db, JobInsert } from 'pg-boss';
import { schema, type BossLink } from './boss-link.ts';
import type { Envelope } from './job-rows.ts';
import { storageDb } from './storage-db.ts';

/** Takes jobs in. */
export interface JobIntake {
  enqueue(jobs: readonly NewJob[], tx?: SqlTransaction): Promise<readonly string[]>;
}

interface NamedJob extends Omit<CheckedJob, 'children'> {
  readonly id: string;
  readonly children: readonly NamedJob[];
}

/** Longer than anybody waits; pg-boss would otherwise give up on jobs by itself. */
const never = 1_000_000_000;

/** Creates the intake. */
export function createJobIntake(link: BossLink, heartbeatSeconds: number): JobIntake {
  const { boss, query } = link;

  const insertion = (job: NamedJob): JobInsert<Envelope> => {
    const { id, text, attempts, backoff, dedupeKey, tenant, priority, delayMs, children } = job;
    return {
      id,
      data: {
        d: text,
        a: attempts,
        b: backoff,
        o: 0,
        ...(children.length > 0 && { c: children.map((child) => child.id) }),
      },
      priority,
      group: { id: tenant },
      // The queue allows one unfinished job of a key, so those without get one of their own.
      singletonKey: dedupeKey === undefined ? `id:${id}` : `key:${dedupeKey}`,
      retryLimit: attempts - 1,
      retryDelay: 0,
      retryBackoff: false,
      expireInSeconds: never,
      retentionSeconds: never,
      heartbeatSeconds,
      // An interval of PostgreSQL, so that the delay counts by its clock.
      ...(delayMs > 0 && { startAfter: `${delayMs} milliseconds` }),
    };
  };

  /** Puts jobs in and gives the ids that are there afterwards. */
  const insert = async (db: Db, jobs: readonly NamedJob[]): Promise<ReadonlyMap<string, string>> => {
    const ids = new Map<string, string>();
    for (const [queue, wanted] of Map.groupBy(jobs, (job) => job.queue)) {
      let missing: readonly NamedJob[] = wanted;
      // The job that has a key may end between one look and the next.
      while (missing.length > 0) {
        const made = await boss.insert(queue, missing.map(insertion), { db, returnId: true });
        const inserted = new Set(made);
        for (const { id } of missing) if (inserted.has(id)) ids.set(id, id);
        const left: NamedJob[] = [];
        for (const job of missing.filter(({ id }) => !inserted.has(id))) {
          const [found] = await query<{ id: string }>(
            `SELECT id::text AS id FROM ${schema}.job
              WHERE name = $1 AND singleton_key = $2 AND state <= 'active' AND policy = 'exclusive'`,
            [queue, `key:${job.dedupeKey}`],
            db,
          );
          if (found) ids.set(job.id, found.id);
          else left.push(job);
        }
        missing = left;
      }
    }
    return ids;
  };

  /** Puts jobs in with all below them. Only new ones get their children. */
  const takeIn = async (db: Db, jobs: readonly NamedJob[]): Promise<ReadonlyMap<string, string>> => {
    const ids = await insert(db, jobs);
    const parents = jobs.filter(({ id, children }) => children.length > 0 && ids.get(id) === id);
    if (parents.length === 0) return ids;
    await takeIn(
      db,
      parents.flatMap(({ children }) => children),
    );
    const links = parents.flatMap((parent) =>
      parent.children.map((child) => ({ n: parent.queue, i: parent.id, cn: child.queue, ci: child.id })),
    );
    const list = JSON.stringify(links);
    const from = `FROM json_to_recordset($1::text::json) AS l(n text, i uuid, cn text, ci uuid)`;
    // pg-boss calls "parent" what must be done first, and "child" what waits for it.
    await query(
      `INSERT INTO ${schema}.job_dependency (child_name, child_id, parent_name, parent_id) SELECT n, i, cn, ci ${from}`,
      [list],
      db,
    );
    await query(
      `UPDATE ${schema}.job j SET blocked = true, pending_dependencies = w.jobs
        FROM (SELECT n, i, count(*)::int AS jobs ${from} GROUP BY n, i) w WHERE j.name = w.n AND j.id = w.i`,
      [list],
      db,
    );
    await query(
      `UPDATE ${schema}.job j SET blocking = true FROM (SELECT cn, ci ${from}) w WHERE j.name = w.cn AND j.id = w.ci`,
      [list],
      db,
    );
    return ids;
  };

  const all = (jobs: readonly NamedJob[]): readonly NamedJob[] =>
    jobs.flatMap((job) => [job, ...all(job.children)]);

  return {
    async enqueue(jobs, tx) {
      const named = checkNewJobs(jobs).map(name);
      if (named.length === 0) return [];
      const queues = [...new Set(all(named).map(({ queue }) => queue))];
      for (const queue of queues) await link.ensureQueue(queue);
      const work = async (db: Db): Promise<readonly string[]> => {
        const ids = await takeIn(db, named);
        // Heard when the transaction commits.
        for (const queue of queues) await query(`SELECT pg_notify($1, $2)`, [schema, `q:${queue}`], db);
        return named.map(({ id }) => ids.get(id) ?? id);
      };
      return tx ? work(storageDb(tx)) : link.transaction(work);
    },
  };
}

/** Ids are given from the top down, so that a job is older than its children. */
function name(job: CheckedJob): NamedJob {
  const id = newJobId();
  return { ...job, id, children: job.children.map(name) };
}
