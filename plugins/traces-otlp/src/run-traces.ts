import type { Json, JsonObject } from '@agent-factory/sdk';
import type { Journal, TenantJournal } from '@agent-factory/sdk/contracts';
import { answerOf, finalEvents, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { otlpSpan, runSpan, spanAttribute, traceIdOfRun, type SpanParts } from '@agent-factory/sdk/tracing';
import { callSpans, newReading, type Reading } from './call-spans.ts';

/** A run that has ended or waits, as of one of its events. */
export interface RunPlace {
  readonly tenant: string;
  readonly runId: string;
  /** The last of its events that is to be looked at. */
  readonly seq: number;
}

const eventsPerPage = 1000;
/** Runs of which is known up to where their spans are made; of others the whole journal is read. */
const mostKnown = 1000;

/**
 * Makes the spans of runs off the journal, and not off what this process saw: a run may have begun days ago, and in
 * another process. Calls come once the run waits or has ended, those since it waited before; the run itself when it has
 * ended.
 */
export function createRunTraces(
  journal: Journal,
  content: boolean,
): (place: RunPlace) => Promise<readonly JsonObject[]> {
  const known = new Map<string, Reading>();
  return async ({ tenant, runId, seq }) => {
    const runs = journal.tenant(tenant);
    const run = await runs.run(runId);
    if (!run) return [];
    const key = `${tenant} ${runId}`;
    const reading = known.get(key) ?? newReading(run);
    known.delete(key);
    const events = await eventsUpTo(runs, runId, reading.seq, seq);
    const last = events.at(-1);
    if (!last) return [];
    const traceId = traceIdOfRun(run);
    const isOver = finalEvents.has(last.type);
    // What a fork shares is told by the run it is of.
    const after = Math.max(beginOf(events), run.forkOf?.shared ?? 0);
    const spans = callSpans(run, reading, events, { after, content });
    if (isOver) spans.push(wholeOf(run, last.at, content));
    else {
      known.set(key, reading);
      for (const oldest of known.keys()) {
        if (known.size <= mostKnown) break;
        known.delete(oldest);
      }
    }
    return spans.map((parts) => {
      const values = { ...parts.values, [spanAttribute.tenant]: tenant };
      return otlpSpan(traceId, { ...parts, values });
    });
  };
}

/** Where what is new begins: after the last time it waited, but for the one that is just beginning. */
function beginOf(events: readonly RunEvent[]): number {
  return (
    events.findLast((event, index) => event.type === 'run.waiting' && index < events.length - 1)?.seq ?? 0
  );
}

function wholeOf(run: Run, to: number, content: boolean): SpanParts {
  const said = content ? { input: run.input as Json, output: answerOf(run) } : undefined; // messages are JSON
  return runSpan(run, to, said);
}

async function eventsUpTo(
  runs: TenantJournal,
  runId: string,
  after: number,
  seq: number,
): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (let from = after; from < seq;) {
    const page = await runs.read(runId, { after: from, limit: Math.min(eventsPerPage, seq - from) });
    events.push(...page);
    const last = page.at(-1);
    if (!last) break;
    from = last.seq;
  }
  return events;
}
