import type { ReplayReport, TenantJournal } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import { eventsOf } from '../run/run-recovery.ts';
import { runOf } from '../run/run-wait.ts';
import { mismatchText } from './mismatch-text.ts';
import { replayEvents, type ReplayParts } from './replay-events.ts';

/** Replays a run strictly, and the runs it started; AF_REPLAY_MISMATCH, AF_REPLAY_TAMPERED. */
export async function replayRun(
  tenant: string,
  runId: string,
  journal: TenantJournal,
  parts: ReplayParts,
): Promise<ReplayReport> {
  await runOf(journal, runId);
  const broken = await journal.verify(runId);
  if (broken) throw errors.AF_REPLAY_TAMPERED({ run: runId, ...broken });
  const events = await eventsOf(journal, runId);
  const { progress, reordered, mismatch } = await replayEvents(tenant, events, parts);
  if (mismatch) {
    const seq = mismatch.recorded?.event.seq ?? events.length + 1;
    throw errors.AF_REPLAY_MISMATCH({ run: runId, seq, diff: mismatchText(mismatch) });
  }
  const children: ReplayReport[] = [];
  for (const { runId: child } of progress.children.values()) {
    // One whose id was written just before the end of a process was never begun.
    if (await journal.run(child)) children.push(await replayRun(tenant, child, journal, parts));
  }
  const { status } = progress.run;
  return { runId, status, events: events.length, reordered, children };
}
