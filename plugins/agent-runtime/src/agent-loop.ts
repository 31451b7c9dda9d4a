import { askModel } from './ask-model.ts';
import { callTools } from './call-tools.ts';
import { citationsUsed } from './citations.ts';
import { errors } from './errors.ts';
import { failureOf } from './failure.ts';
import type { LiveRun } from './live-run.ts';
import type { LoopContext } from './loop-context.ts';

/**
 * Works on a run until it ends, waits, or is stopped. Each step follows from the run's state: it writes what it
 * is about to do, does it, and writes what came of it; events with no effect between them are written together.
 */
export async function runLoop(live: LiveRun, context: LoopContext): Promise<void> {
  try {
    await advanceToEnd(live, context);
  } catch (error) {
    conclude(live, error);
  }
  await live.commit().catch(() => {}); // what could not be written shows in live.stop
  await live.finish();
}

async function advanceToEnd(live: LiveRun, context: LoopContext): Promise<void> {
  const { state } = live;
  for (;;) {
    // Everything before this point is on its way into the journal, and nothing is in flight.
    if (context.isLeaving()) live.interrupt({ kind: 'released' });
    live.check();
    if (state.open > 0) {
      await callTools(live, context);
      if (state.run.status === 'waiting') return;
    } else if (state.answer) {
      return succeed(live, state.answer);
    } else {
      await askModel(live, context);
    }
  }
}

function conclude(live: LiveRun, error: unknown): void {
  const { stop, state } = live;
  const { usage } = state.run;
  if (stop?.kind === 'lost' || stop?.kind === 'released' || stop?.kind === 'fenced') return;
  if (state.cancelling !== undefined) {
    live.emit('run.cancelled', { reason: state.cancelling, usage });
    return;
  }
  const max = state.limits.timeMs ?? live.agent.limits.timeMs;
  const cause = stop?.kind === 'timed-out' ? errors.AF_RUN_LIMIT_TIME({ max }) : error;
  const failure = failureOf(cause, (reason) => errors.AF_RUN_FAILED({ reason }, { cause: error }));
  live.emit('run.failed', { error: failure, usage });
}

function succeed(
  live: LiveRun,
  { text, finishReason }: { readonly text: string; readonly finishReason: string },
): void {
  const { run, citations } = live.state;
  if (finishReason === 'content_filter') throw errors.AF_RUN_ANSWER_FILTERED({});
  if (finishReason === 'length' && text === '') throw errors.AF_RUN_ANSWER_CUT({});
  live.emit('run.succeeded', { output: text, citations: citationsUsed(text, citations), usage: run.usage });
}
