import type { RunAddress } from '@agent-factory/sdk/contracts';
import { runKey } from './active-runs.ts';
import { runJob } from './run-calls.ts';
import { resumeRun } from './run-recovery.ts';
import type { RunSlots } from './run-slots.ts';
import type { RuntimeContext } from './runtime-context.ts';

const mostMs = 2_000;
/** Milliseconds before the workers are called again for a run that still waits for one. */
const callAgainMs = 10_000;
const mostRuns = 1_000;

/**
 * Looks, at once and then about every two seconds (or every lease, where that is shorter), for runs that nobody works
 * on, and sees to it that they go on: by a call to the workers, or here, where there are no jobs or they fail. Every
 * process that works on runs looks; leases and the key of a job decide who gets a run, so no leader is needed. One that
 * has its hands full does not look: what waits then waits for room, not for a call. Returns what stops it.
 */
export function startSweep(context: RuntimeContext, slots: RunSlots): () => void {
  const { journal, jobs, log, owner, signal, wake } = context;
  const everyMs = Math.min(mostMs, owner.ttlMs);
  /** When the workers were last called, by run; only of runs that were still waiting at the last look. */
  let called = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let isFirst = true;

  /** False when the workers cannot be called. */
  const callFor = async (found: readonly RunAddress[]): Promise<boolean> => {
    if (!jobs) return false;
    const at = performance.now();
    const before = called;
    called = new Map();
    const due = found.filter((address) => {
      const key = runKey(address);
      // A run met for the first time has most likely just been accepted, and its call is on the way.
      const last = before.get(key) ?? (isFirst ? -Infinity : at - callAgainMs + everyMs / 2);
      const isDue = at - last >= callAgainMs;
      called.set(key, isDue ? at : last);
      return isDue;
    });
    if (due.length === 0) return true;
    try {
      await jobs.enqueue(due.map((address) => runJob(address, true)));
      return true;
    } catch (error) {
      log.warn('the workers cannot be called; runs that wait are begun here', { runs: due.length, error });
      return false;
    }
  };

  const takeUp = async (found: readonly RunAddress[]): Promise<void> => {
    for (const address of found) {
      await slots.room();
      if (stopped || signal.aborted) return;
      try {
        const resumed = await resumeRun(address, context);
        if (resumed.kind === 'working') slots.hold(resumed.live.done);
      } catch (error) {
        log.error('a run could not go on from its journal', { run: address.runId, error });
      }
    }
  };

  const look = async (): Promise<void> => {
    try {
      if (slots.isFull) return;
      const found = await journal.abandoned({ limit: mostRuns });
      // What waited and can go on is called by nobody else.
      await takeUp(found.filter(({ due }) => due));
      const lost = found.filter(({ due }) => !due);
      if (!(await callFor(lost))) await takeUp(lost);
      isFirst = false;
    } catch (error) {
      log.warn('runs that nobody works on could not be looked for', { error });
    }
  };

  let looking: Promise<void> | undefined;
  const tick = async (): Promise<void> => {
    clearTimeout(timer);
    looking = look();
    await looking;
    looking = undefined;
    if (!stopped) timer = setTimeout(() => void tick(), everyMs * (0.75 + Math.random() / 2)).unref();
  };
  // After the look that is under way: it may have come too early.
  wake.listen(
    () =>
      void (looking ?? Promise.resolve()).then(() => (looking !== undefined || stopped ? undefined : tick())),
  );
  void tick();
  return () => {
    stopped = true;
    wake.listen(undefined);
    clearTimeout(timer);
  };
}
