import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '@agent-factory/sdk';
import type { PromptLogEntry } from '@agent-factory/sdk/contracts';
import { finalEvents, type AssistantMessage, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { attribute, mapping, operation } from './span-names.ts';

/** OTLP: 1 is internal, 3 a call of somebody else; status 1 is well, 2 an error. */
const kind = { internal: 1, client: 3 } as const;
const status = { ok: 1, error: 2 } as const;

type Values = Readonly<Record<string, string | number | readonly string[] | undefined>>;

interface SpanParts {
  readonly name: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly kind: number;
  readonly from: number;
  readonly to: number;
  readonly error?: string | undefined;
  readonly values: Values;
}

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
  const traceId = idOf(root, 32);
  const last = events.at(-1);
  const { subject, session, error } = run;
  const isWorkflow = subject.kind === 'workflow';
  const whole = isWorkflow ? operation.workflow : operation.agent;
  const spans = [
    span(traceId, {
      name: `${whole} ${subject.name}`,
      spanId: idOf(run.id, 16),
      ...(run.parent && { parentId: idOf(run.parent.runId, 16) }),
      kind: kind.internal,
      from: run.createdAt,
      to: last && finalEvents.has(last.type) ? last.at : (last?.at ?? run.createdAt),
      error: error?.code,
      values: {
        [attribute.operation]: whole,
        [isWorkflow ? attribute.workflow : attribute.agent]: subject.name,
        [attribute.agentVersion]: isWorkflow ? undefined : subject.version,
        [attribute.conversation]: session,
        [attribute.inputTokens]: run.usage.inputTokens,
        [attribute.outputTokens]: run.usage.outputTokens,
        [attribute.cost]: run.cost?.nanoUsd,
        [attribute.run]: run.id,
      },
    }),
    ...entries.map((entry) => span(traceId, callSpan(run, entry, events, content))),
  ];
  const scope = { name: mapping.scope, version: mapping.version };
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributesOf({ 'service.name': 'agent-factory', [attribute.mapping]: mapping.version }),
        },
        scopeSpans: [{ scope, spans, schemaUrl: mapping.schemaUrl }],
        schemaUrl: mapping.schemaUrl,
      },
    ],
  };
}

function callSpan(run: Run, entry: PromptLogEntry, events: readonly RunEvent[], content: boolean): SpanParts {
  const { id, seq, at, durationMs, error, agent, session } = entry;
  const common = {
    [attribute.agent]: run.subject.kind === 'workflow' ? undefined : agent,
    [attribute.conversation]: session,
    [attribute.run]: run.id,
    [attribute.seq]: seq,
  };
  const place = { spanId: idOf(id, 16), parentId: idOf(run.id, 16), from: at - durationMs, to: at, error };
  if (entry.kind === 'tool') {
    const ended = events[seq - 1];
    return {
      ...place,
      name: `${operation.tool} ${entry.tool ?? ''}`,
      kind: kind.internal,
      values: {
        ...common,
        [attribute.operation]: operation.tool,
        [attribute.tool]: entry.tool,
        [attribute.toolType]: 'function',
        [attribute.toolCallId]: ended?.type === 'tool.finished' ? ended.data.callId : undefined,
        ...(content && {
          [attribute.toolArguments]: JSON.stringify(entry.request),
          [attribute.toolResult]: JSON.stringify(entry.response),
        }),
      },
    };
  }
  const { message, finishReason } = Object(entry.response) as {
    message?: AssistantMessage;
    finishReason?: string;
  };
  return {
    ...place,
    name: `${operation.chat} ${entry.model ?? ''}`,
    kind: kind.client,
    values: {
      ...common,
      [attribute.operation]: operation.chat,
      [attribute.provider]: entry.provider,
      [attribute.requestModel]: entry.model,
      [attribute.finishReasons]: finishReason === undefined ? undefined : [finishReason],
      [attribute.inputTokens]: entry.usage?.inputTokens,
      [attribute.outputTokens]: entry.usage?.outputTokens,
      [attribute.cacheReadTokens]: entry.usage?.cachedInputTokens,
      [attribute.cacheWriteTokens]: entry.usage?.cacheWriteTokens,
      [attribute.cost]: entry.costNanoUsd,
      ...(content && {
        [attribute.inputMessages]: JSON.stringify(inputParts(entry.request)),
        [attribute.outputMessages]: message
          ? JSON.stringify([outputMessage(message, finishReason)])
          : undefined,
      }),
    },
  };
}

/** What is new in a question, in the form of the conventions. */
function inputParts(request: Json): Json {
  const fresh = Object(request) as { readonly new?: Json };
  return [{ role: 'user', parts: [{ type: 'text', content: JSON.stringify(fresh.new ?? null) }] }];
}

function outputMessage(
  { content, toolCalls = [] }: AssistantMessage,
  finishReason: string | undefined,
): Json {
  const text = content === '' ? [] : [{ type: 'text', content }];
  const calls = toolCalls.map(({ id, name, input }) => ({ type: 'tool_call', id, name, arguments: input }));
  return { role: 'assistant', parts: [...text, ...calls], finish_reason: finishReason ?? 'stop' };
}

function span(traceId: string, parts: SpanParts): JsonObject {
  const { name, spanId, parentId, from, to, error, values } = parts;
  return {
    traceId,
    spanId,
    ...(parentId !== undefined && { parentSpanId: parentId }),
    name,
    kind: parts.kind,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(Math.max(from, to)),
    attributes: attributesOf({ ...values, [attribute.error]: error }),
    status: error === undefined ? { code: status.ok } : { code: status.error, message: error },
  };
}

/** OTLP/JSON writes integers of 64 bits as text. */
function attributesOf(values: Values): Json {
  return Object.entries(values).flatMap(([key, value]): readonly JsonObject[] => {
    if (value === undefined) return [];
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }];
    if (typeof value === 'number') {
      const number: JsonObject = Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value };
      return [{ key, value: number }];
    }
    return [{ key, value: { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } } }];
  });
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function idOf(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
