import type { RunEvent, RunEventType } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { Executors, LoadedSubject, RunExecutor } from '../run/run-executor.ts';
import { advanceProgress, firstProgress, type RunCreated, type RunProgress } from '../run/run-progress.ts';
import { Recording } from './recording.ts';
import { createReplayEffects, type ReplayEffectsParts } from './replay-effects.ts';
import { ReplayRun, type Mismatch } from './replay-run.ts';

/** What runs are replayed with. */
export interface ReplayParts extends ReplayEffectsParts {
  readonly executors: Executors;
}

/** How a replay went. */
export interface Replayed {
  readonly progress: RunProgress;
  readonly reordered: number;
  readonly mismatch: Mismatch | undefined;
}

/** What is written while nobody works on a run. */
const whileAtRest: ReadonlySet<RunEventType> = new Set([
  'approval.resolved',
  'decision.resolved',
  'event.received',
  'run.resumed',
  'run.started',
  'run.cancelling',
  'run.cancelled',
  'run.failed',
]);

/** Executes the events of a run again. */
export async function replayEvents(
  tenant: string,
  events: readonly RunEvent[],
  parts: ReplayParts,
  signal: AbortSignal | undefined,
): Promise<Replayed> {
  const [created] = events;
  if (created?.type !== 'run.created') throw new Error('a run begins with its creation');
  const { subject } = created.data;
  const executor = parts.executors.get(subject.kind);
  if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind: subject.kind });
  const loaded = await parts.definitions.pinned(tenant, subject);
  const attempt = { tenant, events, created, executor, loaded, signal };
  const first = await replayOnce({ ...attempt, clock: 'next' }, parts);
  if (!first.mismatch || signal?.aborted) return first;
  // Something was decided between two readings of the clock: once by the later, once by the earlier.
  const second = await replayOnce({ ...attempt, clock: 'last' }, parts);
  return second.mismatch ? first : second;
}

interface Attempt {
  readonly tenant: string;
  readonly events: readonly RunEvent[];
  readonly created: RunCreated;
  readonly executor: RunExecutor;
  readonly loaded: LoadedSubject;
  readonly clock: 'next' | 'last';
  readonly signal: AbortSignal | undefined;
}

async function replayOnce(
  { tenant, events, created, executor, loaded, clock, signal }: Attempt,
  parts: ReplayParts,
): Promise<Replayed> {
  const recording = new Recording(events);
  const progress = firstProgress(created);
  const state = executor.begin(created, loaded);
  const take = (event: RunEvent): void => {
    const here = { ...event, seq: progress.run.lastSeq + 1 };
    advanceProgress(progress, here);
    executor.advance(state, here, progress);
  };
  recording.pass();
  // What a fork shares was done by another run, with another definition perhaps.
  for (let shared = 1; shared < (created.data.forkOf?.shared ?? 1); shared += 1) {
    const event = recording.pass();
    if (event) take(event);
  }
  for (;;) {
    const event = recording.upcoming;
    if (!event) return { progress, reordered: recording.reordered, mismatch: undefined };
    const recorded = { index: event.seq - 1, event };
    if (!whileAtRest.has(event.type)) return { progress, reordered: 0, mismatch: { recorded } };
    recording.pass();
    take(event);
    if (event.type !== 'run.started') continue;
    const effects = (run: ReplayRun): ReturnType<typeof createReplayEffects> =>
      createReplayEffects(run, parts);
    const options = { tenant, recording, executor, loaded, progress, state, clock, signal };
    const run = new ReplayRun({ ...options, effects });
    await run.work();
    if (run.mismatch) return { progress, reordered: 0, mismatch: run.mismatch };
  }
}
