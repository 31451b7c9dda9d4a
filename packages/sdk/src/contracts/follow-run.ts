import { isAgentFactoryError } from '../errors.ts';
import type { RunEvent } from '../domain/event.ts';
import type { RunWait } from '../domain/run-wait.ts';
import type { TenantRuntime } from './agent-runtime.ts';

/** Options of {@link followRun}. */
export interface FollowOptions {
  /** Only events with a greater number. Default 0. */
  readonly after?: number;
  /** Ends it; a client that left (AF_HTTP_CLIENT_LEFT) wants nothing any more, and the run is cancelled. */
  readonly signal: AbortSignal;
}

/** Events of a run until it has ended, or waits for somebody. Throws the reason of a signal that aborts. */
export async function* followRun(
  runs: Pick<TenantRuntime, 'events' | 'get' | 'cancel'>,
  runId: string,
  { after = 0, signal }: FollowOptions,
): AsyncGenerator<RunEvent> {
  const leave = (): void => {
    // A generation that ends lets its runs go on.
    if (isAgentFactoryError(signal.reason, 'AF_HTTP_CLIENT_LEFT'))
      void runs.cancel(runId, 'The client that asked left.').catch(() => undefined); // it has ended by itself
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  try {
    for await (const event of runs.events(runId, { after, signal })) {
      yield event;
      if (event.type !== 'run.waiting' || goesOn(event.data.for)) continue;
      // Of several things that it was told, the first may have woken it before the last was there.
      if ((await runs.get(runId)).lastSeq === event.seq) break;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Whether a run goes on without anybody. */
function goesOn(waits: readonly RunWait[]): boolean {
  return waits.every(({ kind }) => kind === 'timer' || kind === 'child');
}
