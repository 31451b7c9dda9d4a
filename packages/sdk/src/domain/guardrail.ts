import type { Json, JsonObject, JsonSchema } from '../json.ts';

/**
 * Where a guardrail looks:
 * - `input`: what the agent is told, before a model sees it: the user's messages, and earlier answers given with them;
 * - `output`: the agent's answer, before it is the result of the run;
 * - `toolCall`: the arguments of a tool, before it is called;
 * - `toolResult`: what a tool gave, before a model sees it; also where a caller gives it with a conversation.
 */
export type GuardrailStage = 'input' | 'output' | 'toolCall' | 'toolResult';

/** All stages, in the order a run reaches them. */
export const guardrailStages: readonly GuardrailStage[] = ['input', 'toolCall', 'toolResult', 'output'];

/** A guardrail as an agent names it: data. */
export interface GuardrailUse {
  /** Name of the guardrail. */
  readonly use: string;
  /** Where it looks. Default: everywhere it can. */
  readonly stages?: readonly GuardrailStage[];
  /** Only for these tools, at the stages of tools. Default: all. */
  readonly tools?: readonly string[];
  /** Its settings, as its schema says. Default none. */
  readonly settings?: JsonObject;
}

/** JSON Schema of {@link GuardrailUse}. Whether the settings fit is known to the guardrail. */
export const guardrailUseSchema: JsonSchema = {
  type: 'object',
  properties: {
    use: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' },
    stages: { type: 'array', items: { enum: guardrailStages }, minItems: 1, uniqueItems: true },
    tools: { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
    settings: { type: 'object' },
  },
  required: ['use'],
  additionalProperties: false,
};

/** A place a guardrail objected to. Never holds the text itself. */
export interface GuardrailSpan {
  /** JSON Pointer to the text in the value; `''` is the value itself. */
  readonly path: string;
  /** From and to, in UTF-16 code units of the text before anything was changed; `end` is not part of it. */
  readonly start: number;
  readonly end: number;
  /** What was found there: `credit-card`, `keyword`. */
  readonly kind: string;
}

/**
 * What a guardrail says:
 * - `pass`: nothing;
 * - `block`: it must not go on;
 * - `redact`: it may go on as `value`, of the same shape, with the spans taken out;
 * - `ask`: a person must say whether it may go on.
 */
export type GuardrailVerdict =
  | { readonly verdict: 'pass' }
  | {
      readonly verdict: 'block' | 'ask';
      /** Kind of objection, for programs: `pii`, `too-long`. */
      readonly code: string;
      /** For people; names no text that was found. */
      readonly reason: string;
      readonly spans?: readonly GuardrailSpan[];
    }
  | {
      readonly verdict: 'redact';
      readonly code: string;
      readonly reason: string;
      readonly value: Json;
      readonly spans: readonly GuardrailSpan[];
    };
