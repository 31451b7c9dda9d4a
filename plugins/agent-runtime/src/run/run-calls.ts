import type { JobHandler, NewJob, RunAddress } from '@agent-factory/sdk/contracts';
import type { LiveRun } from './live-run.ts';
import { resumeRun } from './run-recovery.ts';
import type { RunSlots } from './run-slots.ts';
import type { RuntimeContext } from './runtime-context.ts';

/** Queue of the calls to work on runs. */
export const runQueue = 'runs';

/**
 * The call to work on a run. It carries nothing that the journal does not have. `again`: a first one may still be with
 * a worker that died, and must not keep this one out until the jobs engine has noticed.
 */
export function runJob({ tenant, runId }: RunAddress, again: boolean): NewJob {
  return {
    queue: runQueue,
    data: { runId },
    tenant,
    dedupeKey: again ? `${runId}:again` : runId,
    attempts: 20,
    backoff: { kind: 'exponential', delayMs: 200, maxMs: 10_000 },
  };
}

/** Answers calls to work. */
export interface RunCalls {
  readonly handle: JobHandler;
  /** Ends the jobs at work; their runs go on under their own leases. */
  close(): void;
}

/**
 * A job lasts as long as the run is worked on here, so that the limits of its queue count runs. Losing the job harms
 * nothing: whoever gets it finds that the run is owned.
 */
export function createRunCalls(context: RuntimeContext, slots: RunSlots): RunCalls {
  const letGo = new Set<() => void>();
  let closed = false;

  const ended = (live: LiveRun, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        letGo.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      letGo.add(end);
      signal.addEventListener('abort', end);
      void live.done.then(end);
      if (closed || signal.aborted) end();
    });

  return {
    async handle({ job, signal }) {
      const { runId } = job.data;
      if (typeof runId !== 'string') return;
      const resumed = await resumeRun({ tenant: job.tenant, runId }, context);
      if (resumed.kind !== 'working') return;
      slots.hold(resumed.live.done);
      await ended(resumed.live, signal);
    },
    close() {
      closed = true;
      for (const end of letGo) end();
    },
  };
}
