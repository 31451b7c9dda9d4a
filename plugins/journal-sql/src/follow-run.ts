import type { RunAddress, UseTenant } from '@agent-factory/sdk/contracts';
import { finalEvents, type RunEvent } from '@agent-factory/sdk/domain';
import { readEvents } from './read-events.ts';
import type { Follower, RunFollowers } from './run-followers.ts';

/** Events a follower reads at once; the rest stays in the table until it is asked for. */
const pageSize = 200;

const nothing: readonly RunEvent[] = [];

/** Events of a run after `after`, then new ones as they are written. */
export function followRun(
  useTenant: UseTenant,
  followers: RunFollowers,
  run: RunAddress,
  { after = 0, signal }: { readonly after?: number; readonly signal?: AbortSignal },
): AsyncIterable<RunEvent> {
  return {
    [Symbol.asyncIterator]: () => new RunReader(useTenant, followers.join(run, after), run, signal),
  };
}

/** One who follows a run. No generator: thousands wait at a time, and the frame of each is most of what it holds. */
class RunReader implements AsyncIterator<RunEvent, void> {
  readonly #useTenant: UseTenant;
  readonly #follower: Follower;
  readonly #run: RunAddress;
  readonly #signal: AbortSignal | undefined;
  readonly #stop: (() => void) | undefined;
  #page = nothing;
  #at = 0;
  /** The last page was the end of what there was: something must be written before another look. */
  #caughtUp = false;

  constructor(useTenant: UseTenant, follower: Follower, run: RunAddress, signal: AbortSignal | undefined) {
    this.#useTenant = useTenant;
    this.#follower = follower;
    this.#run = run;
    this.#signal = signal;
    this.#stop = signal && ((): void => follower.stop());
    if (signal?.aborted) follower.stop();
    if (this.#stop) signal?.addEventListener('abort', this.#stop);
  }

  async next(): Promise<IteratorResult<RunEvent, void>> {
    const follower = this.#follower;
    try {
      while (!follower.stopped) {
        const value = this.#page[this.#at++];
        if (value) {
          follower.position = value.seq;
          if (finalEvents.has(value.type)) follower.stop();
          return { done: false, value };
        }
        this.#page = nothing;
        if (this.#caughtUp) await follower.changed();
        if (!follower.stopped) await this.#readOn();
      }
    } catch (error) {
      this.#leave();
      throw error;
    }
    this.#leave();
    return { done: true, value: undefined };
  }

  /** A `next` under way may be waiting for an event that never comes. */
  async return(): Promise<IteratorResult<RunEvent, void>> {
    this.#follower.stop();
    this.#leave();
    return { done: true, value: undefined };
  }

  async #readOn(): Promise<void> {
    const { tenant, runId } = this.#run;
    const follower = this.#follower;
    follower.reset();
    this.#page = await this.#useTenant(tenant, (database) =>
      readEvents(database, runId, follower.position, pageSize),
    );
    this.#at = 0;
    if (this.#page.length === 0 && !this.#caughtUp && (await this.#isOver())) follower.stop();
    this.#caughtUp = this.#page.length < pageSize;
  }

  #isOver(): Promise<boolean> {
    const { tenant, runId } = this.#run;
    return this.#useTenant(tenant, async (database) => {
      const [row] = await database.query<{ last_seq: number; outcome: string | null }>(
        'SELECT last_seq, outcome FROM af_journal_sql_runs WHERE id = ?',
        [runId],
      );
      return row !== undefined && row.outcome !== null && row.last_seq <= this.#follower.position;
    });
  }

  #leave(): void {
    if (this.#stop) this.#signal?.removeEventListener('abort', this.#stop);
    this.#follower.leave();
  }
}
