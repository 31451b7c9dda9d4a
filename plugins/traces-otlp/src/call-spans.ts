import type { Json } from '@agent-factory/sdk';
import type { Run, RunEvent, RunEventData } from '@agent-factory/sdk/domain';
import {
  chatSpan,
  spanAttribute as attribute,
  spanIdOf,
  spanKind,
  toolSpan,
  type SpanParts,
} from '@agent-factory/sdk/tracing';

/** A question to a model that has no answer yet. */
interface Asked {
  readonly at: number;
  readonly data: RunEventData['model.requested'];
}

/** What is known of a run between two looks at it. */
export interface Reading {
  /** The last event that was read. */
  seq: number;
  /** Who is at work. */
  agent: string;
  readonly asked: Map<string, Asked>;
  /** What tools were asked, by their calls. */
  readonly inputs: Map<string, Json>;
}

/** Nothing was read yet. */
export function newReading({ subject }: Pick<Run, 'subject'>): Reading {
  return { seq: 0, agent: subject.name, asked: new Map(), inputs: new Map() };
}

/**
 * Reads on, and gives the spans of what ended after an event: calls of models and of tools, and what guardrails found.
 */
export function callSpans(
  run: Run,
  reading: Reading,
  events: readonly RunEvent[],
  { after, content }: { readonly after: number; readonly content: boolean },
): SpanParts[] {
  return events.flatMap((event) => {
    reading.seq = event.seq;
    const parts = spanOf(event, run, reading, content);
    return parts && event.seq > after ? [parts] : [];
  });
}

function spanOf(event: RunEvent, run: Run, reading: Reading, content: boolean): SpanParts | undefined {
  const { agent, asked, inputs } = reading;
  const { seq, at } = event;
  const common = { id: `${run.id}:${seq}`, run, seq, at, agent };
  switch (event.type) {
    case 'handoff':
      reading.agent = event.data.to.name;
      return undefined;
    case 'model.requested':
      asked.set(placeOf(event.data), { at, data: event.data });
      return undefined;
    case 'model.responded': {
      const { message, finishReason, usage, costNanoUsd, durationMs } = event.data;
      const { provider, model } = asked.get(placeOf(event.data))?.data ?? {};
      asked.delete(placeOf(event.data));
      return chatSpan({
        ...common,
        durationMs,
        provider,
        model,
        finishReason,
        usage,
        costNanoUsd,
        ...(content && { content: { answered: message } }),
      });
    }
    case 'model.failed': {
      const { at: from = at, data } = asked.get(placeOf(event.data)) ?? {};
      asked.delete(placeOf(event.data));
      const { provider, model } = data ?? {};
      return chatSpan({ ...common, durationMs: at - from, provider, model, error: event.data.error.code });
    }
    case 'tool.started':
      if (content) inputs.set(event.data.callId, event.data.input);
      return undefined;
    case 'tool.finished': {
      const { tool, callId, output = null, error, durationMs } = event.data;
      const input = inputs.get(callId) ?? null;
      inputs.delete(callId);
      return toolSpan({
        ...common,
        durationMs,
        tool,
        callId,
        error: error?.code,
        ...(content && { content: { input, output: error ? error.message : output } }),
      });
    }
    case 'guardrail.tripped':
      return guardrailSpan(common, event.data);
    default:
      return undefined;
  }
}

/** A moment: how long guardrails look is not in the journal. What they found stays there, whatever `content` says. */
function guardrailSpan(
  { id, run, seq, at }: { readonly id: string; readonly run: Run; readonly seq: number; readonly at: number },
  { guardrail, stage, verdict, code, callId }: RunEventData['guardrail.tripped'],
): SpanParts {
  return {
    name: `guardrail ${guardrail}`,
    spanId: spanIdOf(id),
    parentId: spanIdOf(run.id),
    kind: spanKind.internal,
    from: at,
    to: at,
    ...(verdict === 'block' && { error: code }),
    values: {
      [attribute.guardrail]: guardrail,
      [attribute.guardrailStage]: stage,
      [attribute.guardrailVerdict]: verdict,
      [attribute.guardrailCode]: code,
      [attribute.toolCallId]: callId,
      [attribute.run]: run.id,
      [attribute.seq]: seq,
    },
  };
}

function placeOf({ turn, path = '' }: { readonly turn: number; readonly path?: string }): string {
  return `${path} ${turn}`;
}
