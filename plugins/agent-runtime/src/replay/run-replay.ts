import { eventsOfRun, type ReplayReport, type TenantJournal } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import { runOf } from '../run/run-wait.ts';
import { mismatchText } from './mismatch-text.ts';
import { replayEvents, type ReplayParts } from './replay-events.ts';

/** How far a replay may go. */
export interface ReplayBounds {
  /** Most events, with those of the runs that were started. */
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

/** Replays a run strictly, and the runs it started; AF_REPLAY_MISMATCH, AF_REPLAY_TAMPERED, AF_REPLAY_TOO_LONG, AF_REPLAY_ABORTED. */
export async function replayRun(
  tenant: string,
  runId: string,
  journal: TenantJournal,
  parts: ReplayParts,
  { most, signal }: ReplayBounds,
): Promise<ReplayReport> {
  let left = most;
  const checkSignal = (): void => {
    if (signal?.aborted) throw errors.AF_REPLAY_ABORTED({ run: runId });
  };
  const replayOne = async (id: string): Promise<ReplayReport> => {
    checkSignal();
    const { lastSeq } = await runOf(journal, id);
    left -= lastSeq;
    if (left < 0) throw errors.AF_REPLAY_TOO_LONG({ run: runId, most });
    const broken = await journal.verify(id);
    if (broken) throw errors.AF_REPLAY_TAMPERED({ run: id, ...broken });
    const events = await eventsOfRun(journal, id);
    const { progress, reordered, mismatch } = await replayEvents(tenant, events, parts, signal);
    checkSignal();
    if (mismatch) {
      const seq = mismatch.recorded?.event.seq ?? events.length + 1;
      throw errors.AF_REPLAY_MISMATCH({ run: id, seq, diff: mismatchText(mismatch) });
    }
    const children: ReplayReport[] = [];
    for (const { runId: child } of progress.children.values()) {
      // One whose id was written just before the end of a process was never begun.
      if (await journal.run(child)) children.push(await replayOne(child));
    }
    const { status } = progress.run;
    return { runId: id, status, events: events.length, reordered, children };
  };
  return replayOne(runId);
}
