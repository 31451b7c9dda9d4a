import { createGrouped, jobsErrors, type Sql, type Storage } from '@agent-factory/sdk/contracts';
import { changeRows, changeRowsIn, type PassedRow } from './change-rows.ts';
import type { JobStatements } from './job-statements.ts';

/** How holding a job ends. */
export interface Ending {
  readonly id: string;
  readonly fence: number;
  readonly parentId: string | null;
  readonly state: 'completed' | 'dead' | 'delayed' | 'waiting';
  /** JSON text. */
  readonly result?: string | undefined;
  /** JSON text. */
  readonly error?: string;
  /** For `delayed`. */
  readonly delayMs?: number;
  /** Given back: the attempt does not count, and the reason of the last failure stays. */
  readonly givenBack?: boolean;
  /** Only if its lease has run out. */
  readonly expired?: boolean;
}

/** Writes how jobs end, many in one transaction, and what that means for the jobs that wait for them. */
export interface JobEndings {
  /** False when the job was no longer held with that fence: then nothing has changed. */
  add(ending: Ending): Promise<boolean>;
  drain(): Promise<void>;
}

/** What writing needs. */
export interface JobEndingsOptions {
  readonly storage: Storage;
  readonly sql: JobStatements;
  /** A job has become ready to begin. */
  onReady(queue: string, delayMs: number): void;
}

/** Creates a writer. */
export function createJobEndings({ storage, sql, onReady }: JobEndingsOptions): JobEndings {
  const { add, drain } = createGrouped<Ending, boolean>({
    weigh: ({ result = '', error = '' }) => result.length + error.length + 100,
    async run(endings) {
      // One job twice: the first counts.
      const byId = new Map(endings.toReversed().map((each) => [each.id, each]));
      const unique = [...byId.values()];
      let ended: ReadonlySet<string>;
      if (unique.some(concernsParent)) {
        const ready: Ready[] = [];
        ended = await storage.transaction(async (tx) => {
          const ids = await changeRowsIn(tx, sql.finish, unique.map(rowOf));
          const accepted = unique.filter((each) => ids.has(each.id) && concernsParent(each));
          ready.push(...(await tellParents(tx, sql, accepted)));
          return ids;
        });
        for (const { queue, delay } of ready) onReady(queue, delay);
      } else ended = await changeRows(storage, sql.finish, unique.map(rowOf));
      return endings.map((each) => ended.has(each.id) && byId.get(each.id) === each);
    },
  });
  return { add, drain };
}

const rowOf = (each: Ending): PassedRow => [
  each.id,
  each.fence,
  each.state,
  each.result ?? null,
  each.error ?? null,
  each.delayMs ?? 0,
  each.givenBack === true ? 1 : 0,
  each.expired === true ? 1 : 0,
];

const concernsParent = ({ parentId, state }: Ending): boolean =>
  parentId !== null && (state === 'completed' || state === 'dead');

interface Ready {
  readonly queue: string;
  readonly delay: number;
}

/** One child fewer to wait for, or none that can ever be waited for. Gives the queues of jobs that can begin. */
async function tellParents(
  tx: Sql,
  sql: JobStatements,
  endings: readonly Ending[],
): Promise<readonly Ready[]> {
  const completed = new Map<string, number>();
  for (const { parentId, state } of endings)
    if (parentId !== null && state === 'completed')
      completed.set(parentId, (completed.get(parentId) ?? 0) + 1);
  const ready: Ready[] = [];
  // In order, so that two processes never wait for each other.
  for (const [parent, count] of [...completed].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const rows = await tx.query<{ queue: string; state: string; delay: number }>(
      `UPDATE af_jobs_local_jobs SET children_left = children_left - ?, state = CASE
        WHEN state <> 'blocked' OR children_left > ? THEN state
        WHEN run_at > ${sql.now} THEN 'delayed' ELSE 'waiting' END
        WHERE id = ? RETURNING queue, state, run_at - ${sql.now} AS delay`,
      [count, count, parent],
    );
    for (const { queue, state, delay } of rows)
      if (state !== 'blocked') ready.push({ queue, delay: Math.max(0, delay) });
  }
  for (const { id, parentId, state } of endings)
    if (parentId !== null && state === 'dead') await failParents(tx, sql, parentId, id, state);
  return ready;
}

/** A child has died or was cancelled: so do those that wait for it, and those that wait for them. */
export async function failParents(
  tx: Sql,
  sql: JobStatements,
  parentId: string | null,
  childId: string,
  childState: 'dead' | 'cancelled',
): Promise<void> {
  let [parent, child, state] = [parentId, childId, childState];
  while (parent !== null) {
    const { code, message } = jobsErrors.AF_JOB_CHILD_FAILED({ job: parent, child, state });
    if (sql.lockRow !== undefined) await tx.query(sql.lockRow, [parent]);
    const [row] = await tx.query<{ parent_id: string | null }>(
      `UPDATE af_jobs_local_jobs SET state = 'dead', error = ?, ended_at = ${sql.now}
        WHERE id = ? AND state = 'blocked' RETURNING parent_id`,
      [JSON.stringify({ code, message }), parent],
    );
    [parent, child, state] = [row?.parent_id ?? null, parent, 'dead'];
  }
}
