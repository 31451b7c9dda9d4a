import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Journal, Storage } from '@agent-factory/sdk/contracts';
import { finalEvents, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { appendStatements } from './append-statements.ts';
import { errors } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { migrationsFor } from './migrations.ts';
import { createRunFollowers, type Follower } from './run-followers.ts';
import { listRuns, runColumns, toRun, type RunRow } from './run-list.ts';

/** A journal that can be closed. */
export interface SqlJournal extends Journal {
  /** Ends every `follow`, refuses new events, and resolves when those on their way are written. */
  close(): Promise<void>;
}

/** How the journal is set up. */
export interface SqlJournalOptions {
  /** Milliseconds between looks for events of other processes; 0 never looks. */
  readonly pollMs: number;
}

interface EventRow {
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly data: string;
}

/** Events a follower reads at once; the rest stays in the table until it is asked for. */
const pageSize = 200;

/** Creates the journal on a storage, and its tables where they are missing. */
export async function createSqlJournal(storage: Storage, { pollMs }: SqlJournalOptions): Promise<SqlJournal> {
  await storage.migrate('journal-sql', migrationsFor(storage.dialect));
  const followers = createRunFollowers(storage, pollMs);
  const commits = createGroupCommit(storage);
  let closed = false;

  const append: Journal['append'] = async (events, run) => {
    const seq = events[0]?.seq;
    if (seq === undefined) return;
    if (closed) throw errors.AF_JOURNAL_CLOSED({ runId: run.id, seq });
    try {
      await commits.add(appendStatements(events, run));
    } catch (error) {
      throw await explainConflict(storage, error, run.id, seq);
    }
    followers.wake(run.id);
  };

  const read = async (runId: string, after: number, limit: number): Promise<readonly RunEvent[]> => {
    const rows = await storage.query<EventRow>(
      'SELECT seq, type, at, data FROM af_journal_sql_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      [runId, after, limit],
    );
    // Written from RunEvents, so that type and data belong together.
    return rows.map(
      ({ seq, type, at, data }) => ({ runId, seq, type, at, data: JSON.parse(data) }) as RunEvent,
    );
  };

  const isOver = async (runId: string, position: number): Promise<boolean> => {
    const [row] = await storage.query<{ last_seq: number; outcome: string | null }>(
      'SELECT last_seq, outcome FROM af_journal_sql_runs WHERE id = ?',
      [runId],
    );
    return row !== undefined && row.outcome !== null && row.last_seq <= position;
  };

  async function* eventsFor(follower: Follower, runId: string): AsyncGenerator<RunEvent, void, undefined> {
    let mayBeOver = true;
    while (!follower.stopped) {
      follower.reset();
      const page = await read(runId, follower.position, pageSize);
      for (const event of page) {
        if (follower.stopped) return;
        follower.position = event.seq;
        yield event;
        if (finalEvents.has(event.type)) return;
      }
      if (page.length === pageSize) continue;
      if (mayBeOver && page.length === 0 && (await isOver(runId, follower.position))) return;
      mayBeOver = false;
      await follower.changed();
    }
  }

  const follow: Journal['follow'] = (runId, { after = 0, signal } = {}) => ({
    [Symbol.asyncIterator]() {
      const follower = followers.join(runId, after);
      const stop = (): void => follower.stop();
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
      const leave = (): void => {
        signal?.removeEventListener('abort', stop);
        follower.leave();
      };
      const events = eventsFor(follower, runId);
      const step = async (next: Promise<IteratorResult<RunEvent, void>>) => {
        try {
          const result = await next;
          if (result.done) leave();
          return result;
        } catch (error) {
          leave();
          throw error;
        }
      };
      return {
        next: () => step(events.next()),
        return() {
          stop(); // a step under way may be waiting for an event that never comes
          return step(events.return());
        },
      };
    },
  });

  return {
    append,
    read: (runId, { after = 0, limit = 1000 } = {}) => read(runId, after, limit),
    follow,
    run: (runId) => findRun(storage, 'id', runId),
    runByKey: (key) => findRun(storage, 'idempotency_key', key),
    runs: (query = {}) => listRuns(storage, query),
    async close() {
      closed = true;
      followers.close();
      await commits.drain();
    },
  };
}

async function findRun(storage: Storage, column: string, value: string): Promise<Run | undefined> {
  const [row] = await storage.query<RunRow>(
    `SELECT ${runColumns} FROM af_journal_sql_runs WHERE ${column} = ?`,
    [value],
  );
  return row && toRun(row);
}

/** A failed guard or a number taken twice as a conflict that says where the run stands; other errors as they are. */
async function explainConflict(
  storage: Storage,
  error: unknown,
  runId: string,
  seq: number,
): Promise<unknown> {
  if (
    !isAgentFactoryError(error, 'AF_STORAGE_GUARD_FAILED') &&
    !isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')
  )
    return error;
  const run = await findRun(storage, 'id', runId);
  let reason = `the run stands at event ${run?.lastSeq} (${run?.status})`;
  if (run === undefined)
    reason = seq === 1 ? 'its idempotency key has started another run' : 'there is no such run';
  return errors.AF_JOURNAL_CONFLICT({ runId, seq, reason }, { cause: error });
}
