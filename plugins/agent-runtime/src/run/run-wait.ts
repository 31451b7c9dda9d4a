import { setTimeout as delay } from 'node:timers/promises';
import type { RunAddress, TenantJournal } from '@agent-factory/sdk/contracts';
import { finalEvents, type Run } from '@agent-factory/sdk/domain';
import { runKey, type ActiveRuns } from './active-runs.ts';
import { errors } from '../errors.ts';

/** Milliseconds between looks at a run whose journal tells nothing. */
const lookMs = 50;

/** Whether nothing more happens to a run by itself. */
export function isSettled({ status }: Run): boolean {
  return status !== 'queued' && status !== 'running';
}

/** Whether nothing ever happens to a run any more. */
export function isFinal({ status }: Pick<Run, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

/** The run as its journal has it; AF_RUN_NOT_FOUND when there is none. */
export async function runOf(journal: TenantJournal, runId: string): Promise<Run> {
  const run = await journal.run(runId);
  if (!run) throw errors.AF_RUN_NOT_FOUND({ run: runId });
  return run;
}

/** The run once it is settled, or as it stands when `signal` aborts; whoever works on it, here or elsewhere. */
export async function settledRun(
  journal: TenantJournal,
  active: ActiveRuns,
  address: RunAddress,
  signal: AbortSignal | undefined,
): Promise<Run> {
  const { runId } = address;
  const key = runKey(address);
  for (;;) {
    const here = active.runs.get(key);
    if (here) {
      const outcome = await orAborted(here.done, signal);
      if (outcome && 'run' in outcome) return outcome.run;
      if (outcome && 'error' in outcome) throw outcome.error;
    }
    const run = await runOf(journal, runId);
    if (isSettled(run) || signal?.aborted) return run;
    if (active.runs.has(key)) continue;
    await untilSettled(journal, run, signal);
    const after = await runOf(journal, runId);
    if (isSettled(after) || signal?.aborted) return after;
    await delay(lookMs); // this journal was replaced by another and tells no more; it can still be asked
  }
}

/** Resolves when the journal says that the run has ended or waits, or when `signal` aborts. */
export async function untilSettled(
  journal: TenantJournal,
  { id, lastSeq }: Run,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const { type } of journal.follow(id, { after: lastSeq, ...(signal && { signal }) })) {
    if (finalEvents.has(type) || type === 'run.waiting') return;
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
