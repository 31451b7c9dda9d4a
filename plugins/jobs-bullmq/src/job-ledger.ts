import type { Json } from '@agent-factory/sdk';
import {
  createGrouped,
  type CheckedJob,
  type JobFailure,
  type Sql,
  type SqlValue,
  type Storage,
} from '@agent-factory/sdk/contracts';
import { readResult, type JobRow } from './job-rows.ts';
import { createLedgerSql, graceMs, type LedgerSql } from './ledger-sql.ts';

/** A job that was checked and has an id. */
export interface NamedJob extends Omit<CheckedJob, 'children'> {
  readonly id: string;
  readonly children: readonly NamedJob[];
}

/** A call to work, as Redis carries it. */
export interface Call {
  readonly id: string;
  readonly queue: string;
  /** Which call for this job it is. */
  readonly dispatch: number;
  readonly priority: number;
  /** The job after which it is named, when it is for several. */
  readonly packet?: string | null;
  /** Milliseconds from now; may be below zero. */
  readonly delay: number;
}

/** A job that ended, and whether others wait for it. */
export interface Ended {
  readonly id: string;
  readonly has_parent: number;
}

/** A job that is held by a worker, and what it gave (JSON text in an array of its own). */
interface Held {
  readonly id: string;
  readonly fence: number;
  readonly result?: string;
}

/** How a job is put in: `sent` when its call follows at once, `later` when somebody has to find it. */
export type Insertion = 'sent' | 'later';

/** The record of all jobs in SQL. Whatever changes a job at work names the fence it holds, else nothing changes. */
export interface JobLedger {
  readonly sql: LedgerSql;
  readonly storage: Storage;
  /** Puts in jobs without key and children; `packets` names the calls they share. */
  insert(jobs: readonly NamedJob[], packets: ReadonlyMap<string, string>): Promise<void>;
  /** Puts in one job in any state; false when its key is taken. */
  insertOne(sql: Sql, job: NamedJob, how: Insertion, hasParent: boolean): Promise<boolean>;
  /** Takes a waiting job; nothing when it is not to be had. */
  claim(id: string): Promise<JobRow | undefined>;
  claimAll(sql: Sql, ids: readonly string[]): Promise<readonly JobRow[]>;
  complete(held: Held): Promise<Ended | undefined>;
  fail(held: Held, error: JobFailure, delayMs: number): Promise<Call | undefined>;
  bury(held: Held, error: JobFailure): Promise<Ended | undefined>;
  release(held: Held): Promise<Call | undefined>;
  /** Ids of those still held, whose lease begins anew. */
  renew(held: readonly Held[]): Promise<ReadonlySet<string>>;
  /** Ids of those still held. */
  look(held: readonly Held[]): Promise<ReadonlySet<string>>;
  progress(held: Held, value: Json): Promise<boolean>;
  /** Results of a job's children, in order. */
  childResults(id: string): Promise<readonly Json[]>;
}

/** Opens the ledger on tables that exist. */
export function createJobLedger(storage: Storage, leaseMs: number): JobLedger {
  const sql = createLedgerSql(storage.dialect);
  const one = async <Row extends object>(
    text: string,
    params: (string | number)[],
  ): Promise<Row | undefined> => (await storage.query<Row>(text, params))[0];

  const claimAll = (target: Sql, ids: readonly string[]): Promise<readonly JobRow[]> =>
    target.query<JobRow>(sql.claim, [leaseMs, JSON.stringify(ids)]);
  const claims = createGrouped<string, JobRow | undefined>({
    async run(ids) {
      const rows = new Map((await claimAll(storage, ids)).map((row) => [row.id, row]));
      return ids.map((id) => {
        const row = rows.get(id);
        rows.delete(id); // two calls for one job: only one has it
        return row;
      });
    },
  });
  const endings = createGrouped<Held, Ended | undefined>({
    // Nobody waits for the end of a job so closely that it were not worth writing many together.
    waitMs: 20,
    async run(held) {
      const given = `[${held
        .map(({ id, fence, result }) => `["${id}",${fence},${JSON.stringify(result ?? null)}]`)
        .join()}]`;
      const rows = new Map((await storage.query<Ended>(sql.complete, [given])).map((row) => [row.id, row]));
      return held.map(({ id }) => rows.get(id));
    },
  });
  return {
    sql,
    storage,
    async insert(jobs, packets) {
      const lists = insertions(jobs, packets);
      await storage.batch(lists.map((list) => ({ sql: sql.insertMany, params: [list] })));
    },
    claim: claims.add,
    claimAll,
    complete: endings.add,
    async insertOne(target, job, how, hasParent) {
      const state = job.children.length > 0 ? 'blocked' : 'waiting';
      const { changes } = await target.execute(sql.insert, insertion(job, state, how, hasParent));
      return changes === 1;
    },
    fail: ({ id, fence }, error, delayMs) =>
      one<Call>(sql.fail, [JSON.stringify(error), delayMs, delayMs, id, fence]),
    bury: ({ id, fence }, error) => one<Ended>(sql.bury, [JSON.stringify(error), id, fence]),
    release: ({ id, fence }) => one<Call>(sql.release, [id, fence]),
    async renew(held) {
      const given = JSON.stringify(held.map(({ id, fence }) => [id, fence]));
      return new Set((await storage.query<{ id: string }>(sql.renew, [given, leaseMs])).map(({ id }) => id));
    },
    async look(held) {
      const given = JSON.stringify(held.map(({ id, fence }) => [id, fence]));
      return new Set((await storage.query<{ id: string }>(sql.look, [given])).map(({ id }) => id));
    },
    async progress({ id, fence }, value) {
      const text = `UPDATE af_jobs_bullmq_jobs SET progress = ? WHERE id = ? AND fence = ? AND state = 'active'`;
      return (await storage.execute(text, [JSON.stringify(value), id, fence])).changes === 1;
    },
    async childResults(id) {
      const rows = await storage.query<{ result: string | null }>(
        `SELECT j.result FROM af_jobs_bullmq_children c JOIN af_jobs_bullmq_jobs j ON j.id = c.child
          WHERE c.parent = ? ORDER BY c.position`,
        [id],
      );
      return rows.map(({ result }) => readResult(result) ?? null);
    },
  };
}

/** Jobs, and characters of their data, that one statement puts in at most. */
const mostJobs = 256;
const mostText = 1024 * 1024;

/** Jobs without key and children as lists in JSON. One parameter costs PostgreSQL a third of what one for each column does. */
function insertions(jobs: readonly NamedJob[], packets: ReadonlyMap<string, string>): readonly string[] {
  const lists: string[] = [];
  let rows: unknown[] = [];
  let length = 0;
  for (const { id, queue, tenant, text, priority, attempts, backoff, delayMs } of jobs) {
    length += text.length;
    if (rows.length === mostJobs || (rows.length > 0 && length > mostText)) {
      lists.push(JSON.stringify(rows));
      rows = [];
      length = text.length;
    }
    const packet = packets.get(id) ?? null;
    rows.push([id, queue, tenant, text, priority, attempts, JSON.stringify(backoff), packet, delayMs]);
  }
  if (rows.length > 0) lists.push(JSON.stringify(rows));
  return lists;
}

/** The parameters of the statement that puts in a job. */
function insertion(job: NamedJob, state: string, how: Insertion, hasParent: boolean): readonly SqlValue[] {
  const { id, queue, tenant, text, priority, attempts, backoff, dedupeKey = null, children, delayMs } = job;
  const checked = how === 'sent' ? 1 : 0;
  const wish = [id, queue, tenant, text, state, priority, attempts, JSON.stringify(backoff), dedupeKey];
  return [...wish, children.length, hasParent ? 1 : 0, null, delayMs, checked, delayMs + graceMs];
}
