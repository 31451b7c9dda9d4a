import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import type { HeldRun } from './held-run.ts';
import type { NewEvent } from './run-input.ts';
import type { RuntimeContext } from './runtime-context.ts';
import { tellAll } from './tell-events.ts';

/** Writes the next events of a run that nobody works on; gives the run after them. */
export async function appendTo(
  held: HeldRun,
  run: Run,
  news: readonly NewEvent[],
  { tell, log, during }: Pick<RuntimeContext, 'tell' | 'log' | 'during'>,
): Promise<Run> {
  const at = Date.now();
  const events = news.map(
    (one, index) => ({ ...one, runId: run.id, seq: run.lastSeq + 1 + index, at }) as RunEvent, // type and data are kept together
  );
  const after = events.reduce(applyEvent, run);
  await held.append(events, after);
  during(tellAll(tell, events, log));
  return after;
}
