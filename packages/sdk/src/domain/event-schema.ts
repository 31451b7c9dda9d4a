import type { JsonSchema } from '../json.ts';
import { runLimitsSchema } from './agent.ts';
import type { RunEventType } from './event.ts';
import { assistantMessageSchema, messageSchema } from './message.ts';
import { citationSchema, runFailureSchema, usageSchema } from './run.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const ordinal: JsonSchema = { type: 'integer', minimum: 1 };
const duration: JsonSchema = { type: 'number', minimum: 0 };
const citations: JsonSchema = { type: 'array', items: citationSchema };

/** JSON Schemas of what each kind of event carries, by event type. */
export const eventDataSchemas: Readonly<Record<RunEventType, JsonSchema>> = {
  'run.created': object(
    {
      agent: text,
      agentHash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      input: { type: 'array', items: messageSchema, minItems: 1 },
      limits: runLimitsSchema,
    },
    {
      stream: { type: 'boolean' },
      metadata: { type: 'object' },
      idempotencyKey: { type: 'string', maxLength: 255 },
    },
  ),
  'run.started': object({ attempt: ordinal }),
  'model.requested': object({
    turn: ordinal,
    provider: text,
    model: text,
    messages: count,
    tools: { type: 'array', items: text },
  }),
  'message.delta': object({ turn: ordinal, text }),
  'model.responded': object({
    turn: ordinal,
    message: assistantMessageSchema,
    finishReason: text,
    usage: usageSchema,
    durationMs: duration,
  }),
  'model.failed': object({ turn: ordinal, error: runFailureSchema, willRetry: { type: 'boolean' } }),
  'tool.started': object({
    turn: ordinal,
    callId: text,
    tool: text,
    input: { type: 'object' },
    idempotencyKey: text,
    attempt: ordinal,
  }),
  'tool.finished': object(
    { turn: ordinal, callId: text, tool: text, durationMs: duration },
    { output: {}, error: runFailureSchema, citations },
  ),
  'run.waiting': object({ reason: { const: 'decision' }, detail: text, callId: text }),
  'run.cancelling': object({ reason: text }),
  'run.succeeded': object({ output: text, citations, usage: usageSchema }),
  'run.failed': object({ error: runFailureSchema, usage: usageSchema }),
  'run.cancelled': object({ reason: text, usage: usageSchema }),
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
