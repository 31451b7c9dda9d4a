import type { RunAddress, UseTenant } from '@agent-factory/sdk/contracts';
import { finalEvents, type RunEvent } from '@agent-factory/sdk/domain';
import { readEvents } from './read-events.ts';
import type { Follower, RunFollowers } from './run-followers.ts';

/** Events a follower reads at once; the rest stays in the table until it is asked for. */
const pageSize = 200;

/** Events of a run after `after`, then new ones as they are written. */
export function followRun(
  useTenant: UseTenant,
  followers: RunFollowers,
  run: RunAddress,
  { after = 0, signal }: { readonly after?: number; readonly signal?: AbortSignal },
): AsyncIterable<RunEvent> {
  return {
    [Symbol.asyncIterator]() {
      const follower = followers.join(run, after);
      const stop = (): void => follower.stop();
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
      const leave = (): void => {
        signal?.removeEventListener('abort', stop);
        follower.leave();
      };
      const events = eventsFor(useTenant, follower, run);
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
  };
}

async function* eventsFor(
  useTenant: UseTenant,
  follower: Follower,
  { tenant, runId }: RunAddress,
): AsyncGenerator<RunEvent, void, undefined> {
  let mayBeOver = true;
  while (!follower.stopped) {
    follower.reset();
    const page = await useTenant(tenant, (database) =>
      readEvents(database, runId, follower.position, pageSize),
    );
    for (const event of page) {
      if (follower.stopped) return;
      follower.position = event.seq;
      yield event;
      if (finalEvents.has(event.type)) return;
    }
    if (page.length === pageSize) continue;
    if (mayBeOver && page.length === 0 && (await isOver(useTenant, follower.position, tenant, runId))) return;
    mayBeOver = false;
    await follower.changed();
  }
}

function isOver(useTenant: UseTenant, position: number, tenant: string, runId: string): Promise<boolean> {
  return useTenant(tenant, async (database) => {
    const [row] = await database.query<{ last_seq: number; outcome: string | null }>(
      'SELECT last_seq, outcome FROM af_journal_sql_runs WHERE id = ?',
      [runId],
    );
    return row !== undefined && row.outcome !== null && row.last_seq <= position;
  });
}
