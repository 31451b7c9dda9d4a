import { isAgentFactoryError } from '../errors.ts';
import type { RunEvent } from '../domain/event.ts';
import type { RunWait } from '../domain/run-wait.ts';
import type { Run } from '../domain/run.ts';
import type { TenantRuntime } from './agent-runtime.ts';

/** Options of {@link followRun}. */
export interface FollowOptions {
  /** Only events with a greater number. Default 0. */
  readonly after?: number;
  /** Ends it; a client that left (AF_HTTP_CLIENT_LEFT) wants nothing any more, and the run is cancelled. */
  readonly signal: AbortSignal;
}

/** Something that is waited for, and the run that waits for it. */
export interface OpenWait {
  readonly run: Run;
  readonly wait: RunWait;
}

/** What a run waits for in the end: where it waits for a run that it started, what that one waits for. */
export async function openWaits(runs: Pick<TenantRuntime, 'get'>, run: Run): Promise<readonly OpenWait[]> {
  const waits = run.status === 'waiting' ? (run.waitingFor ?? []) : [];
  const found = await Promise.all(
    waits.map(async (wait) =>
      wait.kind === 'child' ? openWaits(runs, await runs.get(wait.runId)) : [{ run, wait }],
    ),
  );
  return found.flat();
}

/** Events of a run until it has ended, or waits for somebody. Throws the reason of a signal that aborts. */
export async function* followRun(
  runs: Pick<TenantRuntime, 'events' | 'get' | 'cancel' | 'wait'>,
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
    for (let last = after; ;) {
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      try {
        // One that was told something through another run waits for that one still, and its journal tells nothing of it.
        if (last > 0) watchChildren(runs, await runs.get(runId), last, either, over);
        for await (const event of runs.events(runId, { after: last, signal: either })) {
          last = event.seq;
          yield event;
          if (event.type !== 'run.waiting') continue;
          const run = await runs.get(runId);
          // Of several things that it was told, the first may have woken it before the last was there.
          if (!goesOn(event.data.for) && run.lastSeq === event.seq) return;
          watchChildren(runs, run, last, either, over);
        }
      } finally {
        over.abort();
      }
      signal.throwIfAborted();
      // A run that it waits for was answered just now, and it goes on.
      const { status, lastSeq } = await runs.get(runId);
      if (lastSeq <= last || status === 'waiting') return;
    }
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Aborts `over` when a run that is waited for waits for somebody itself. */
function watchChildren(
  runs: Pick<TenantRuntime, 'events' | 'wait'>,
  { status, waitingFor = [], lastSeq }: Run,
  last: number,
  signal: AbortSignal,
  over: AbortController,
): void {
  if (status !== 'waiting' || lastSeq > last) return;
  for (const wait of waitingFor) {
    if (wait.kind !== 'child') continue;
    waitsForSomebody(runs, wait.runId, signal)
      .then((does) => does && over.abort())
      .catch(() => undefined); // the run itself shows what is wrong
  }
}

/** True once a run, or one that it waits for, waits for somebody; false when it has ended. */
async function waitsForSomebody(
  runs: Pick<TenantRuntime, 'events' | 'wait'>,
  runId: string,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    const { status, waitingFor = [], lastSeq } = await runs.wait(runId, { signal });
    if (status !== 'waiting') return false;
    if (!goesOn(waitingFor)) return true;
    // Whoever it waits for may be asked while it stays as it is; when it has gone on, another look tells.
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    try {
      const asked = waitingFor.flatMap((wait) =>
        wait.kind === 'child' ? [whenTrue(waitsForSomebody(runs, wait.runId, either))] : [],
      );
      const next = await Promise.race([hasNext(runs, runId, lastSeq, either), ...asked]);
      if (next !== 'event') return next === 'asked';
    } finally {
      left.abort();
    }
  }
  return false;
}

/** Never resolves otherwise. */
function whenTrue(work: Promise<boolean>): Promise<'asked'> {
  return new Promise((resolve, reject) => {
    work.then((is) => is && resolve('asked'), reject);
  });
}

async function hasNext(
  runs: Pick<TenantRuntime, 'events'>,
  runId: string,
  after: number,
  signal: AbortSignal,
): Promise<'event' | 'end'> {
  for await (const _event of runs.events(runId, { after, signal })) return 'event';
  return 'end';
}

/** Whether a run goes on without anybody. */
function goesOn(waits: readonly RunWait[]): boolean {
  return waits.every(({ kind }) => kind === 'timer' || kind === 'child');
}
