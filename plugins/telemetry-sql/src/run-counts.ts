import type { Run, RunEvent, RunEventData } from '@agent-factory/sdk/domain';
import { hourMs, type CountKind, type Happening } from './counts.ts';

/** What was counted, and up to which event. */
export interface RunCounts {
  readonly happenings: readonly Happening[];
  /** Events up to this one are counted and never looked at again. */
  readonly upTo: number;
}

/**
 * Counts what ended among events of a run, those after a place. A call of a model is told by two events: the place it
 * gives lies between no such two, so that whoever reads on from there needs to remember nothing.
 */
export function countRun(run: Run, events: readonly RunEvent[], before: number): RunCounts {
  const upTo = placeBetweenCalls(events, before);
  const asked = new Map<string, RunEventData['model.requested']>();
  // What a fork shares was counted with the run it is of.
  const shared = run.forkOf?.shared ?? 0;
  const happenings = events.flatMap((event): readonly Happening[] => {
    if (event.seq > upTo) return [];
    if (event.type === 'model.requested') asked.set(callOf(event.data), event.data);
    if (event.seq <= shared) return [];
    const found = happeningOf(run, event, asked);
    return found ? [found] : [];
  });
  return { happenings, upTo };
}

function happeningOf(
  run: Run,
  event: RunEvent,
  asked: ReadonlyMap<string, RunEventData['model.requested']>,
): Happening | undefined {
  const of = (kind: CountKind, name: string, source: string, outcome: string, code = ''): Happening => ({
    hour: Math.floor(event.at / hourMs) * hourMs,
    kind,
    name,
    source,
    outcome,
    code,
  });
  switch (event.type) {
    case 'run.succeeded':
    case 'run.failed':
    case 'run.cancelled': {
      const code = event.type === 'run.failed' ? event.data.error.code : '';
      const { name, kind } = run.subject;
      const durationMs = Math.max(event.at - run.createdAt, 0);
      return { ...of('run', name, kind, event.type.slice('run.'.length), code), durationMs };
    }
    case 'model.responded': {
      const { usage, costNanoUsd = 0, durationMs } = event.data;
      const { model = '', provider = '' } = asked.get(callOf(event.data)) ?? {};
      const { inputTokens, outputTokens } = usage;
      return {
        ...of('model', model, provider, 'answered'),
        durationMs,
        inputTokens,
        outputTokens,
        costNanoUsd,
      };
    }
    case 'model.failed': {
      const { model = '', provider = '' } = asked.get(callOf(event.data)) ?? {};
      return of('model', model, provider, 'failed', event.data.error.code);
    }
    case 'tool.finished': {
      const { tool, error, durationMs } = event.data;
      return { ...of('tool', tool, '', error ? 'failed' : 'succeeded', error?.code), durationMs };
    }
    case 'guardrail.tripped': {
      const { guardrail, stage, verdict, code } = event.data;
      return of('guardrail', guardrail, stage, verdict, code);
    }
    default:
      return undefined;
  }
}

/** The last place that no call of a model that has begun lies around, of a run that goes on. */
function placeBetweenCalls(events: readonly RunEvent[], before: number): number {
  const open = new Map<string, number>();
  const calls: { readonly from: number; readonly to: number }[] = [];
  let isOver = false;
  for (const { type, data, seq } of events) {
    if (type === 'model.requested') open.set(callOf(data), seq);
    if (type === 'model.responded' || type === 'model.failed') {
      calls.push({ from: open.get(callOf(data)) ?? seq, to: seq });
      open.delete(callOf(data));
    }
    isOver ||= type === 'run.succeeded' || type === 'run.failed' || type === 'run.cancelled';
  }
  const last = events.at(-1)?.seq ?? before;
  if (isOver) return last;
  let place = Math.min(last, ...[...open.values()].map((seq) => seq - 1));
  for (const { from, to } of calls.toSorted((a, b) => b.from - a.from))
    if (from <= place && place < to) place = from - 1;
  return Math.max(place, before);
}

function callOf({ turn, path = '' }: { readonly turn: number; readonly path?: string }): string {
  return `${path} ${turn}`;
}
