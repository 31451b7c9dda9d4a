import { isAgentFactoryError } from '@agent-factory/sdk';
import { eventsOfRun, type RunAddress } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { runKey } from './active-runs.ts';
import { now } from './held-run.ts';
import { appendTo } from './lone-append.ts';
import { progressAfter } from './run-progress.ts';
import { isSettled, runOf, untilSettled } from './run-wait.ts';
import type { RuntimeContext } from './runtime-context.ts';

/** Channel of `Signals` that wakes the owner of a run somebody wishes something of; the text is the run's key. */
export const wishChannel = 'agent_runtime_wishes';

const firstLookMs = 100;

/**
 * Cancels a run: here, where this process works on it; by itself, where nobody does; else its owner is told through
 * the journal. An owner that died meanwhile loses its lease, and then nobody owns the run.
 */
export async function cancelRun(address: RunAddress, reason: string, context: RuntimeContext): Promise<Run> {
  const { active, owner, signals } = context;
  const { tenant, runId } = address;
  const key = runKey(address);
  const journal = context.journal.tenant(tenant);
  for (let lookMs = firstLookMs; ; lookMs = Math.min(lookMs * 2, owner.ttlMs)) {
    const here = active.runs.get(key);
    if (here) {
      await here.cancel(reason);
      await here.done;
    }
    const run = await runOf(journal, runId);
    if (isSettled(run) && run.status !== 'waiting') return run;
    if (active.runs.has(key)) continue;
    const cancelled = await cancelUnowned(run, address, reason, context);
    if (cancelled) return cancelled;
    await journal.leaveWish(runId, { kind: 'cancel', reason });
    await signals?.publish(wishChannel, key).catch(() => {}); // the owner looks from time to time
    await untilSettled(journal, run, AbortSignal.timeout(lookMs));
  }
}

/** Ends a run that nobody owns; `undefined` when somebody does, or was faster. */
async function cancelUnowned(
  run: Run,
  address: RunAddress,
  reason: string,
  context: RuntimeContext,
): Promise<Run | undefined> {
  const since = now();
  const journal = context.journal.tenant(address.tenant);
  const lease = await journal.claim(run.id, context.owner);
  if (!lease) return undefined;
  const held = context.hold(address, lease, since);
  try {
    const events = [
      { type: 'run.cancelling', data: { reason } },
      { type: 'run.cancelled', data: { reason, usage: run.usage } },
    ] as const;
    const cancelled = await appendTo(held, run, events, context);
    const progress = progressAfter(await eventsOfRun(journal, run.id));
    if (progress) context.settled(address, progress);
    return cancelled;
  } catch (error) {
    await held.release().catch(() => {}); // the first error tells more
    if (isAgentFactoryError(error, 'AF_JOURNAL_FENCED') || isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT'))
      return undefined;
    throw error;
  }
}
