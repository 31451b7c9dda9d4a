import type { Journal } from '@agent-factory/sdk/contracts';
import { finalEvents, type Run } from '@agent-factory/sdk/domain';
import type { ActiveRuns } from './active-runs.ts';
import { errors } from './errors.ts';

/** Whether nothing more happens to a run by itself. */
export function isSettled({ status }: Run): boolean {
  return status !== 'queued' && status !== 'running';
}

/** The run as its journal has it; AF_RUN_NOT_FOUND when there is none. */
export async function runOf(journal: Journal, runId: string): Promise<Run> {
  const run = await journal.run(runId);
  if (!run) throw errors.AF_RUN_NOT_FOUND({ run: runId });
  return run;
}

/** The run once it is settled, or as it stands when `signal` aborts; whoever works on it, here or elsewhere. */
export async function settledRun(
  journal: Journal,
  active: ActiveRuns,
  runId: string,
  signal: AbortSignal | undefined,
): Promise<Run> {
  for (;;) {
    const here = active.runs.get(runId);
    if (here) {
      const outcome = await orAborted(here.done, signal);
      if (outcome && 'run' in outcome) return outcome.run;
      if (outcome && 'error' in outcome) throw outcome.error;
    }
    const run = await runOf(journal, runId);
    if (isSettled(run) || signal?.aborted) return run;
    if (active.runs.has(runId)) continue;
    for await (const { type } of journal.follow(runId, { after: run.lastSeq, ...(signal && { signal }) })) {
      if (finalEvents.has(type) || type === 'run.waiting') break;
    }
    return runOf(journal, runId);
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  });
}
