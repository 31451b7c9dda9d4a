import type { Json, JsonObject } from '@agent-factory/sdk';
import type { PromptLogEntry } from '@agent-factory/sdk/contracts';
import type { AssistantMessage, Run, RunEvent } from '@agent-factory/sdk/domain';
import {
  chatSpan,
  otlpSpan,
  otlpTraces,
  runSpan,
  spanAttribute,
  toolSpan,
  traceIdOfRun,
  type SpanParts,
} from '@agent-factory/sdk/tracing';

/**
 * The spans of a run as OTLP/JSON: one for the run, and one for each call of a model or a tool within it. Ids follow from
 * the run's, so the same run gives the same spans; runs that one started are in its trace.
 */
export function runSpans(
  run: Run,
  root: string,
  events: readonly RunEvent[],
  entries: readonly PromptLogEntry[],
  { content = false }: { readonly content?: boolean } = {},
): JsonObject {
  const traceId = run.trace?.traceId ?? traceIdOfRun({ id: root });
  const whole = runSpan(run, events.at(-1)?.at ?? run.createdAt);
  const calls = entries.map((entry) => callSpan(run, entry, events, content));
  return otlpTraces(
    [whole, ...calls].map((parts) => otlpSpan(traceId, parts)),
    { scope: 'agent-factory.prompt-log', resource: { [spanAttribute.service]: 'agent-factory' } },
  );
}

function callSpan(run: Run, entry: PromptLogEntry, events: readonly RunEvent[], content: boolean): SpanParts {
  if (entry.kind === 'tool') {
    const ended = events[entry.seq - 1];
    return toolSpan({
      ...entry,
      run,
      callId: ended?.type === 'tool.finished' ? ended.data.callId : undefined,
      ...(content && { content: { input: entry.request, output: entry.response } }),
    });
  }
  const { message, finishReason } = Object(entry.response) as {
    message?: AssistantMessage;
    finishReason?: string;
  };
  // What is new in the question.
  const asked = (Object(entry.request) as { readonly new?: Json }).new ?? null;
  return chatSpan({ ...entry, run, finishReason, ...(content && { content: { asked, answered: message } }) });
}
