import { isAgentFactoryError } from '@agent-factory/sdk';
import { eventsOfRun, type RunAddress } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { runKey } from './active-runs.ts';
import { wishChannel } from './cancel-run.ts';
import { inputOfMessage, type RunMessage } from './run-input.ts';
import { progressAfter } from './run-progress.ts';
import { resumeRun } from './run-recovery.ts';
import { runOf } from './run-wait.ts';
import type { RuntimeContext } from './runtime-context.ts';

const firstLookMs = 50;

/**
 * Tells a run something: here, where this process works on it; by taking it up, where nobody does; else by leaving it
 * for its owner. Resolves with the run once it has it, which may go on with it anywhere.
 */
export async function deliverMessage(
  address: RunAddress,
  message: RunMessage,
  context: RuntimeContext,
): Promise<Run> {
  const { active, owner, signals } = context;
  const { tenant, runId } = address;
  const journal = context.journal.tenant(tenant);
  const input = inputOfMessage(message);
  await runOf(journal, runId);
  for (let lookMs = firstLookMs; ; lookMs = Math.min(lookMs * 2, owner.ttlMs)) {
    const here = active.runs.get(runKey(address));
    if (here) {
      if (await here.take(message)) return runOf(journal, runId);
      await here.done;
      continue;
    }
    // What is wrong with it shows before anybody is asked to take it in.
    const progress = progressAfter(await eventsOfRun(journal, runId));
    if (!progress) throw errors.AF_RUN_NOT_FOUND({ run: runId });
    if (input.eventsFor(progress).length === 0) return progress.run;
    try {
      const resumed = await resumeRun(address, context, { input });
      if (resumed.kind === 'working') await resumed.live.accepted;
      if (resumed.kind !== 'owned') return await runOf(journal, runId);
    } catch (error) {
      if (
        !isAgentFactoryError(error, 'AF_JOURNAL_FENCED') &&
        !isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT')
      )
        throw error;
    }
    await journal.leaveWish(runId, message);
    await signals?.publish(wishChannel, runKey(address)).catch(() => {}); // the owner looks from time to time
    await nextEvent(address, progress.run.lastSeq, lookMs, context);
  }
}

async function nextEvent(
  { tenant, runId }: RunAddress,
  after: number,
  ms: number,
  { journal }: RuntimeContext,
): Promise<void> {
  const signal = AbortSignal.timeout(ms);
  for await (const _event of journal.tenant(tenant).follow(runId, { after, signal })) return;
}
