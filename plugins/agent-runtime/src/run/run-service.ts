import type { JobWorker } from '@agent-factory/sdk/contracts';
import type { RunTaker } from './active-runs.ts';
import { wishChannel } from './cancel-run.ts';
import { createRunCalls, runQueue } from './run-calls.ts';
import { resumeRun } from './run-recovery.ts';
import { RunSlots } from './run-slots.ts';
import { startSweep } from './run-sweep.ts';
import type { RuntimeContext } from './runtime-context.ts';

/** Milliseconds before a run is taken up again whose events could not be written. */
const retryMs = 1000;
/** The jobs at work end at once; this is for those that are just being begun. */
const closeMs = 3000;

/**
 * Begins what only the serving runtime does: it takes over runs that others give up, answers calls to work, looks for
 * what was forgotten, and hears who wants runs cancelled. In the role `api` only the last. Returns what ends it.
 */
export async function serveRuns(context: RuntimeContext): Promise<() => Promise<void>> {
  const { active, config, jobs, keeper, role, signals } = context;
  const listening = signals?.subscribe(wishChannel, (key) => keeper.look(key));
  if (role === 'api') return async () => listening?.[Symbol.dispose]();

  const slots = new RunSlots(config.concurrency);
  const calls = createRunCalls(context, slots);
  const stopTaking = takeOver(context);
  let worker: JobWorker | undefined;
  try {
    const { concurrency, concurrencyPerTenant: perTenant } = config;
    worker = await jobs?.work(runQueue, calls.handle, {
      concurrency,
      ...(perTenant !== undefined && { perTenant: { concurrency: perTenant } }),
    });
  } catch (error) {
    stopTaking();
    listening?.[Symbol.dispose]();
    throw error;
  }
  const stopSweep = config.recover ? startSweep(context, slots) : undefined;
  return async () => {
    stopTaking();
    stopSweep?.();
    slots.close();
    calls.close();
    listening?.[Symbol.dispose]();
    await worker?.close({ timeoutMs: closeMs });
  };

  function takeOver({ log }: RuntimeContext): () => void {
    const retries = new Set<NodeJS.Timeout>();
    const resume = (...[address, held]: Parameters<RunTaker>): void => {
      resumeRun(address, context, { unreleased: held }).catch((error: unknown) => {
        log.error('a run could not go on from its journal', { run: address.runId, error });
      });
    };
    const take: RunTaker = (address, held) => {
      if (!held) return resume(address);
      const retry = setTimeout(() => {
        retries.delete(retry);
        resume(address, held);
      }, retryMs);
      retries.add(retry);
    };
    active.takers.add(take);
    return () => {
      active.takers.delete(take);
      for (const retry of retries) clearTimeout(retry);
    };
  }
}
