import type { RunAddress } from '@agent-factory/sdk/contracts';
import { cancelRun } from './cancel-run.ts';
import type { RunProgress } from './run-progress.ts';
import { resumeRun } from './run-recovery.ts';
import { isFinal } from './run-wait.ts';
import type { RuntimeContext } from './runtime-context.ts';

/**
 * Sees to what follows for other runs, and for the run itself, when it has ended or waits and nobody owns it any more.
 * What is lost here by a crash is found by the looks of those who wait.
 */
export function afterSettled(address: RunAddress, progress: RunProgress, context: RuntimeContext): void {
  const { run, children } = progress;
  const { tenant } = address;
  context.tellSettled({ tenant, run });
  if (!isFinal(run)) {
    if (run.wakeAt !== undefined) context.wake.at(run.wakeAt);
    // A child that ended while this run was about to wait found nobody to wake.
    if (run.waitingFor?.some(({ kind }) => kind === 'child')) context.during(goOn(address, context));
    return;
  }
  for (const { runId, finished } of children.values())
    if (!finished) context.during(cancelChild({ tenant, runId }, context));
  if (run.parent) context.during(goOn({ tenant, runId: run.parent.runId }, context));
}

async function goOn(address: RunAddress, context: RuntimeContext): Promise<void> {
  try {
    await resumeRun(address, context);
  } catch (error) {
    context.log.warn('a run could not be woken; it looks by itself', { run: address.runId, error });
  }
}

async function cancelChild(address: RunAddress, context: RuntimeContext): Promise<void> {
  try {
    await cancelRun(address, 'The run that started it has ended.', context);
  } catch (error) {
    context.log.warn('a child run could not be cancelled', { run: address.runId, error });
  }
}
