import type { ForkRequest } from '@agent-factory/sdk/contracts';
import type { RunEvent, RunLimits } from '@agent-factory/sdk/domain';
import { checkBudget } from '../agent/check-budget.ts';
import { errors } from '../errors.ts';
import { advanceProgress, firstProgress } from '../run/run-progress.ts';

/** Where a fork begins. */
export interface ForkPlace {
  /** Number of the first event that happens anew. */
  readonly from: number;
  readonly reason: string;
}

/** The first event that a fork makes anew; AF_FORK_INVALID when nothing would be different, or there is no such place. */
export function placeOfFork(events: readonly RunEvent[], request: ForkRequest): ForkPlace {
  const { seq } = request;
  const { input, limits, model, instructions, tools } = request.overrides ?? {};
  const run = events[0]?.runId ?? '';
  const refuse = (reason: string, mend: string): Error => errors.AF_FORK_INVALID({ run, reason, mend });
  if (seq !== undefined && !(Number.isSafeInteger(seq) && seq >= 2 && seq <= events.length)) {
    const reason = `there is no event ${seq} to begin at`;
    throw refuse(reason, `Name one from 2 to ${events.length}, or leave it out.`);
  }
  if (input !== undefined) {
    if (seq !== undefined && seq > 2)
      throw refuse('everything rests on the input', 'Leave out where it is to begin, or the input.');
    return { from: 2, reason: 'The input is another one, so everything happens anew.' };
  }
  const places: ForkPlace[] = [];
  const first = (type: RunEvent['type'], reason: string): void => {
    const found = events.find(
      (event) => event.type === type && event.seq >= (seq ?? 2) && !('path' in event.data && event.data.path),
    );
    if (found) places.push({ from: found.seq, reason });
  };
  if (model !== undefined || instructions !== undefined || tools !== undefined) {
    first('model.requested', 'It is the first question to the model after the agent was changed.');
    if (places.length === 0) throw refuse('no model is asked after that place', 'Begin at an earlier event.');
  } else if (seq !== undefined) {
    return { from: seq, reason: 'It was asked for.' };
  }
  if (limits) {
    const place = placeOfLimits(events, limits);
    if (place) places.push(place);
  }
  if (request.tools === 'recorded' && request.models !== 'recorded')
    first('model.requested', 'It is the first question to the model, which is live.');
  if (request.models === 'recorded' && request.tools !== 'recorded')
    first('tool.started', 'It is the first call of a tool, which is live.');
  const [place] = places.sort((a, b) => a.from - b.from);
  if (place) return place;
  throw refuse('nothing would be different', 'Name an event to begin at, or something to change.');
}

/** The first event that other limits forbid; or the end, where a limit ended the run. */
function placeOfLimits(events: readonly RunEvent[], limits: RunLimits): ForkPlace | undefined {
  const [created, ...rest] = events;
  if (created?.type !== 'run.created') return undefined;
  const changed = { ...created, data: { ...created.data, limits: { ...created.data.limits, ...limits } } };
  const progress = firstProgress(changed);
  for (const event of rest) {
    try {
      if (event.type === 'model.requested' && event.data.path === undefined)
        checkBudget(progress, event.data.turn);
    } catch {
      return { from: event.seq, reason: 'It is the first question that the limits forbid.' };
    }
    advanceProgress(progress, event);
    const most = progress.limits.toolCalls;
    if (event.type === 'tool.started' && most !== undefined && progress.run.toolCalls > most)
      return { from: event.seq, reason: 'It is the first call that the limits forbid.' };
  }
  const last = rest.at(-1);
  if (last?.type !== 'run.failed' || !last.data.error.code.startsWith('AF_RUN_LIMIT_')) return undefined;
  return { from: last.seq, reason: 'A limit ended the run there.' };
}
