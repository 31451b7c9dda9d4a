import {
  checkNewJobs,
  createGrouped,
  newJobId,
  retryLocked,
  type CheckedJob,
  type NewJob,
  type Sql,
  type SqlTransaction,
} from '@agent-factory/sdk/contracts';
import { sharedCalls } from './call-names.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Call, Insertion, JobLedger, NamedJob } from './job-ledger.ts';

/** Takes jobs in: first into SQL, then, as a call to work, into Redis. */
export interface JobIntake {
  enqueue(jobs: readonly NewJob[], tx?: SqlTransaction): Promise<readonly string[]>;
}

/** What the intake needs. */
export interface IntakeOptions {
  readonly ledger: JobLedger;
  readonly dispatcher: Dispatcher;
  /** Called when jobs were put into a transaction, whose end nobody tells. */
  readonly expect: (ids: readonly string[]) => void;
}

/** Above this many calls on their way to Redis, whoever enqueues has to wait for them. */
const backlogLimit = 2000;

/** Creates the intake. */
export function createJobIntake({ ledger, dispatcher, expect }: IntakeOptions): JobIntake {
  const callOf = ({ id, queue, priority, delayMs }: NamedJob): Call => ({
    id,
    queue,
    dispatch: 0,
    priority,
    delay: delayMs,
  });

  const send = async (calls: readonly Call[]): Promise<void> => {
    const sent = dispatcher.send(calls);
    if (dispatcher.backlog() > backlogLimit) await sent;
  };

  /** Many callers share one write, and their jobs share calls. */
  const plain = createGrouped<readonly NamedJob[], void>({
    async run(lists) {
      const jobs = lists.flat();
      const packets = sharedCalls(jobs);
      await ledger.insert(jobs, packets);
      await send(jobs.map((job) => ({ ...callOf(job), packet: packets.get(job.id) ?? null })));
      return lists.map(() => undefined);
    },
  });

  const takeIn = async (
    sql: Sql,
    job: NamedJob,
    how: Insertion,
    hasParent: boolean,
    calls: Call[],
  ): Promise<string> => {
    // The job that has the key may end between one look and the next.
    while (!(await ledger.insertOne(sql, job, how, hasParent))) {
      const known = await ofKey(sql, job);
      if (known !== undefined) return known;
    }
    const children: string[] = [];
    for (const child of job.children) children.push(await takeIn(sql, child, how, true, calls));
    if (children.length > 0) await sql.execute(ledger.sql.adopt, [job.id, JSON.stringify(children)]);
    else calls.push(callOf(job));
    return job.id;
  };

  /** The unfinished job that has the key already. */
  const ofKey = async (sql: Sql, { queue, dedupeKey = '' }: NamedJob): Promise<string | undefined> => {
    const [found] = await sql.query<{ id: string }>(
      `SELECT id FROM af_jobs_bullmq_jobs
        WHERE queue = ? AND dedupe_key = ? AND state IN ('waiting', 'active', 'blocked')`,
      [queue, dedupeKey],
    );
    return found?.id;
  };

  return {
    async enqueue(jobs, tx) {
      const checked = checkNewJobs(jobs).map(name);
      if (checked.length === 0) return [];
      const calls: Call[] = [];
      if (tx) {
        const found: string[] = [];
        for (const job of checked) found.push(await takeIn(tx, job, 'later', false, calls));
        expect(calls.map(({ id }) => id));
        return found;
      }
      if (checked.every(({ dedupeKey, children }) => dedupeKey === undefined && children.length === 0)) {
        await plain.add(checked);
        return checked.map(({ id }) => id);
      }
      const ids = await retryLocked(ledger.storage, () =>
        ledger.storage.transaction(async (own) => {
          calls.length = 0;
          const found: string[] = [];
          for (const job of checked) found.push(await takeIn(own, job, 'sent', false, calls));
          return found;
        }),
      );
      await send(calls);
      return ids;
    },
  };
}

/** Ids are given from the top down, so that a job is older than its children. */
function name(job: CheckedJob): NamedJob {
  const id = newJobId();
  return { ...job, id, children: job.children.map(name) };
}
