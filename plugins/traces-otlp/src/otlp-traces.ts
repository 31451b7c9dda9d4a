import type { JsonObject, Logger } from '@agent-factory/sdk';
import type { HttpAnswer, RequestTrace, TraceCounts } from '@agent-factory/sdk/contracts';
import { otlpTraces, type SpanValues } from '@agent-factory/sdk/tracing';
import type { TracesOtlpConfig } from './config.ts';
import { requestSpan } from './request-traces.ts';
import type { RunPlace } from './run-traces.ts';
import type { SendTraces } from './send-traces.ts';

/** Something whose spans are still to be made. */
type Traced =
  | { readonly answer: HttpAnswer; readonly trace: RequestTrace; readonly endedAt: number }
  | RunPlace;

/** Collects what happened, and exports it together, beside the work and never before it. */
export interface TraceExporter {
  /** Keeps it for the next export, or counts it as dropped where there is no room. */
  push(traced: Traced): void;
  counts(): TraceCounts;
  /** Exports what there is, once and for a short time, and ends. */
  close(): Promise<void>;
}

/** What an exporter is made from. */
export interface TraceExporterParts {
  readonly config: Pick<TracesOtlpConfig, 'everyMs' | 'queue' | 'batch'>;
  readonly resource: SpanValues;
  readonly log: Logger;
  readonly send: SendTraces;
  readonly spansOfRun: (place: RunPlace) => Promise<readonly JsonObject[]>;
}

/** What is left to do when it ends may take so long. */
const closeMs = 2000;
const scope = 'agent-factory.traces-otlp';

/** Creates it. */
export function createTraceExporter({
  config,
  resource,
  log,
  send,
  spansOfRun,
}: TraceExporterParts): TraceExporter {
  const ending = new AbortController();
  let queue: Traced[] = [];
  let spans: JsonObject[] = [];
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let [exported, dropped, failed, droppedAtLastLook] = [0, 0, 0, 0];

  const drop = (one: number): void => {
    dropped += one;
  };
  const sendSome = async (): Promise<void> => {
    const some = spans.splice(0, config.batch);
    const lost = Math.min(
      await send(otlpTraces(some, { scope, resource }), some.length, ending.signal),
      some.length,
    );
    failed += lost;
    exported += some.length - lost;
  };
  const spansOf = async (traced: Traced): Promise<readonly JsonObject[]> => {
    if ('answer' in traced) return [requestSpan(traced.answer, traced.trace, traced.endedAt)];
    try {
      return await spansOfRun(traced);
    } catch (error) {
      drop(1);
      log.warn('the spans of a run could not be made', { run: traced.runId, error });
      return [];
    }
  };
  const work = async (): Promise<void> => {
    // What comes meanwhile is in the queue, which stays bounded however long the collector is away.
    for (let next = queue.shift(); next; next = queue.shift()) {
      spans.push(...(await spansOf(next)));
      while (spans.length >= config.batch) await sendSome();
      if (ending.signal.aborted) break;
    }
    while (spans.length > 0 && !ending.signal.aborted) await sendSome();
    if (dropped > droppedAtLastLook)
      log.warn('traces were dropped: they came faster than the collector took them', {
        dropped: dropped - droppedAtLastLook,
      });
    droppedAtLastLook = dropped;
  };
  const begin = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
      if (queue.length > 0) schedule();
    });
    return working;
  };
  const schedule = (): void => {
    if (timer || working || ending.signal.aborted) return;
    timer = setTimeout(begin, config.everyMs);
    timer.unref();
  };

  return {
    push(traced) {
      if (queue.length >= config.queue || ending.signal.aborted) return drop(1);
      queue.push(traced);
      if (queue.length >= config.batch) setImmediate(begin);
      else schedule();
    },
    counts: () => ({ waiting: queue.length, exported, dropped, failed }),
    async close() {
      const late = setTimeout(() => ending.abort(new Error('the plugin ends')), closeMs);
      await begin();
      if (queue.length > 0) await begin();
      clearTimeout(late);
      clearTimeout(timer);
      ending.abort(new Error('the plugin ends'));
      drop(queue.length);
      failed += spans.length;
      queue = [];
      spans = [];
    },
  };
}
