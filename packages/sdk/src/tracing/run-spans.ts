import type { AssistantMessage } from '../domain/message.ts';
import type { Run, Usage } from '../domain/run.ts';
import type { Json } from '../json.ts';
import { spanKind, type SpanParts } from './otlp.ts';
import { spanAttribute as attribute, spanOperation as operation } from './span-names.ts';
import { parentSpanOfRun, spanIdOf } from './trace-ids.ts';

/** A call of a run that has ended. */
interface CallParts {
  /** Its run and the number of the event that ended it: `run_…:5`. */
  readonly id: string;
  readonly run: Pick<Run, 'id' | 'session' | 'subject'>;
  readonly seq: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly durationMs: number;
  /** Code of its error. */
  readonly error?: string | undefined;
  /** Name of the agent that called. */
  readonly agent?: string | undefined;
}

/** A call of a model. */
export interface ChatParts extends CallParts {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
  readonly costNanoUsd?: number | undefined;
  /** What was said; left out where it is nobody's business. */
  readonly content?: { readonly asked?: Json; readonly answered?: AssistantMessage | undefined };
}

/** A call of a tool. */
export interface ToolCallParts extends CallParts {
  readonly tool?: string | undefined;
  readonly callId?: string | undefined;
  readonly content?: { readonly input: Json; readonly output: Json };
}

/** The span of a run, up to `to`. */
export function runSpan(
  run: Run,
  to: number,
  content?: { readonly input: Json; readonly output: Json },
): SpanParts {
  const { subject, session, error } = run;
  const isWorkflow = subject.kind === 'workflow';
  const whole = isWorkflow ? operation.workflow : operation.agent;
  return {
    name: `${whole} ${subject.name}`,
    spanId: spanIdOf(run.id),
    parentId: parentSpanOfRun(run),
    kind: spanKind.internal,
    from: run.createdAt,
    to,
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
      ...(content && {
        [attribute.inputMessages]: JSON.stringify(userMessage(content.input)),
        [attribute.outputMessages]: JSON.stringify(userMessage(content.output)),
      }),
    },
  };
}

/** The span of a call of a model. */
export function chatSpan(parts: ChatParts): SpanParts {
  const { model, provider, finishReason, usage, content } = parts;
  return {
    ...placeOf(parts),
    name: `${operation.chat} ${model ?? ''}`,
    kind: spanKind.client,
    values: {
      ...valuesOf(parts),
      [attribute.operation]: operation.chat,
      [attribute.provider]: provider,
      [attribute.requestModel]: model,
      [attribute.finishReasons]: finishReason === undefined ? undefined : [finishReason],
      [attribute.inputTokens]: usage?.inputTokens,
      [attribute.outputTokens]: usage?.outputTokens,
      [attribute.cacheReadTokens]: usage?.cachedInputTokens,
      [attribute.cacheWriteTokens]: usage?.cacheWriteTokens,
      [attribute.cost]: parts.costNanoUsd,
      [attribute.inputMessages]:
        content?.asked === undefined ? undefined : JSON.stringify(userMessage(content.asked)),
      [attribute.outputMessages]: content?.answered
        ? JSON.stringify([outputMessage(content.answered, finishReason)])
        : undefined,
    },
  };
}

/** The span of a call of a tool. */
export function toolSpan(parts: ToolCallParts): SpanParts {
  const { tool, callId, content } = parts;
  return {
    ...placeOf(parts),
    name: `${operation.tool} ${tool ?? ''}`,
    kind: spanKind.internal,
    values: {
      ...valuesOf(parts),
      [attribute.operation]: operation.tool,
      [attribute.tool]: tool,
      [attribute.toolType]: 'function',
      [attribute.toolCallId]: callId,
      ...(content && {
        [attribute.toolArguments]: JSON.stringify(content.input),
        [attribute.toolResult]: JSON.stringify(content.output),
      }),
    },
  };
}

function placeOf({ id, run, at, durationMs, error }: CallParts): Omit<SpanParts, 'name' | 'kind' | 'values'> {
  return { spanId: spanIdOf(id), parentId: spanIdOf(run.id), from: at - durationMs, to: at, error };
}

function valuesOf({ run, agent, seq }: CallParts): SpanParts['values'] {
  return {
    [attribute.agent]: run.subject.kind === 'workflow' ? undefined : agent,
    [attribute.conversation]: run.session,
    [attribute.run]: run.id,
    [attribute.seq]: seq,
  };
}

/** In the form of the conventions. */
function userMessage(said: Json): Json {
  return [{ role: 'user', parts: [{ type: 'text', content: JSON.stringify(said) }] }];
}

function outputMessage(
  { content, toolCalls = [] }: AssistantMessage,
  finishReason: string | undefined,
): Json {
  const text = content === '' ? [] : [{ type: 'text', content }];
  const calls = toolCalls.map(({ id, name, input }) => ({ type: 'tool_call', id, name, arguments: input }));
  return { role: 'assistant', parts: [...text, ...calls], finish_reason: finishReason ?? 'stop' };
}
