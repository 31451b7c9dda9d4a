import type { JsonSchema } from '../json.ts';
import { runLimitsSchema } from './agent.ts';
import type { RunEventType } from './event.ts';
import { assistantMessageSchema, messageSchema } from './message.ts';
import {
  citationSchema,
  runCostSchema,
  runFailureSchema,
  runOriginSchema,
  runParentSchema,
  runSubjectSchema,
  usageSchema,
} from './run.ts';
import { runWaitSchema } from './run-wait.ts';
import { toolQuestionSchema } from './tool-question.ts';
import { toolReportSchema } from './tool-report.ts';
import { traceContextSchema } from './trace-context.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const ordinal: JsonSchema = { type: 'integer', minimum: 1 };
const duration: JsonSchema = { type: 'number', minimum: 0 };
const citations: JsonSchema = { type: 'array', items: citationSchema };

const path: JsonSchema = { type: 'string', minLength: 1, maxLength: 1024 };
const flag: JsonSchema = { type: 'boolean' };
const record: JsonSchema = { type: 'object' };
const hash: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const call = { turn: count, callId: text, tool: text };

/** JSON Schemas of what each kind of event carries, by event type. */
export const eventDataSchemas: Readonly<Record<RunEventType, JsonSchema>> = {
  'run.created': object(
    { subject: runSubjectSchema, input: {}, limits: runLimitsSchema },
    {
      stream: flag,
      metadata: record,
      idempotencyKey: { type: 'string', maxLength: 255 },
      parent: runParentSchema,
      forkOf: runOriginSchema,
      session: text,
      user: text,
      trace: traceContextSchema,
    },
  ),
  'run.started': object({ attempt: ordinal }),
  'run.waiting': object({ for: { type: 'array', items: runWaitSchema, minItems: 1 } }, { wakeAt: count }),
  'run.resumed': object({ reason: { enum: ['decision', 'approval', 'timer', 'event', 'child'] } }),
  'run.cancelling': object({ reason: text }),
  'run.succeeded': object({ output: {}, citations, usage: usageSchema }),
  'run.failed': object({ error: runFailureSchema, usage: usageSchema }),
  'run.cancelled': object({ reason: text, usage: usageSchema }),
  'model.requested': object(
    { turn: ordinal, provider: text, model: text, messages: count, tools: { type: 'array', items: text } },
    { path, request: record },
  ),
  'message.delta': object({ turn: ordinal, text }),
  'tool.delta': object({ turn: ordinal, index: count, tool: text, text }),
  'model.responded': object(
    {
      turn: ordinal,
      message: assistantMessageSchema,
      finishReason: text,
      usage: usageSchema,
      durationMs: duration,
    },
    { path, costNanoUsd: count },
  ),
  'model.failed': object({ turn: ordinal, error: runFailureSchema, willRetry: flag }, { path }),
  'tool.started': object({ ...call, input: record, idempotencyKey: text, attempt: ordinal }, { path }),
  'tool.finished': object(
    { ...call, durationMs: duration },
    { path, output: {}, artifact: text, error: runFailureSchema, citations },
  ),
  'tool.reported': object({ ...call, report: toolReportSchema }, { path }),
  'tool.retried': object({ ...call, error: runFailureSchema, delayMs: duration }, { path }),
  'memory.read': object({
    kind: { enum: ['conversation', 'working', 'semantic', 'knowledge'] },
    key: text,
    value: {},
  }),
  'memory.written': object({
    kind: { enum: ['conversation', 'working', 'semantic'] },
    key: text,
    value: {},
  }),
  'guardrail.tripped': object(
    {
      guardrail: text,
      stage: { enum: ['input', 'output', 'toolCall', 'toolResult'] },
      verdict: { enum: ['block', 'redact', 'ask'] },
      code: text,
      reason: text,
      turn: count,
    },
    { callId: text, message: count, replacement: {} },
  ),
  'output.rejected': object({ turn: ordinal, problems: text }),
  handoff: object(
    { from: text, to: runSubjectSchema },
    { callId: text, reason: text, input: { type: 'array', items: messageSchema } },
  ),
  'child.started': object({ path, runId: text, subject: runSubjectSchema }, { callId: text }),
  'child.finished': object(
    { path, runId: text, status: { enum: ['succeeded', 'failed', 'cancelled'] }, usage: usageSchema },
    { output: {}, error: runFailureSchema, citations, cost: runCostSchema },
  ),
  'step.started': object({ path, attempt: ordinal }, { input: {}, compensates: path }),
  'step.finished': object({ path, durationMs: duration }, { output: {}, error: runFailureSchema }),
  'step.retried': object({ path, attempt: ordinal, error: runFailureSchema, at: count }),
  'step.skipped': object({ path, reason: text }),
  'route.decided': object(
    { path, target: { type: ['string', 'null'] }, evaluator: text, value: {}, saw: record },
    { confidence: { type: 'number', minimum: 0, maximum: 1 }, reason: text },
  ),
  'approval.requested': object(
    { approvalId: text, prompt: text },
    { path, permission: text, callId: text, tool: text, input: record, inputHash: hash, expiresAt: count },
  ),
  'approval.resolved': object(
    { approvalId: text, outcome: { enum: ['approved', 'rejected', 'expired'] } },
    { id: text, by: text, reason: text, input: record },
  ),
  'decision.requested': object(
    { callId: text, tool: text, detail: text },
    { path, input: record, question: toolQuestionSchema },
  ),
  'decision.resolved': object(
    { callId: text, outcome: { enum: ['done', 'repeat', 'abandon'] } },
    { id: text, output: {}, by: text, reason: text },
  ),
  'event.received': object({ id: text, name: text, data: {} }, { by: text }),
};

/** JSON Schema of {@link RunEvent}: one alternative for each `type`. */
export const eventSchema: JsonSchema = {
  type: 'object',
  required: ['runId', 'seq', 'type', 'at', 'data'],
  oneOf: Object.entries(eventDataSchemas).map(([type, data]) =>
    object({ runId: { type: 'string', minLength: 1 }, seq: ordinal, type: { const: type }, at: count, data }),
  ),
};

function object(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}
