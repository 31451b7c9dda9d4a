import type { JsonSchema } from '../json.ts';
import { expressionSchema, type Expression } from './expression.ts';

/**
 * What calling a tool does to the world; decides what may be repeated after a crash:
 * - `pure`: depends on its input alone, touches nothing;
 * - `read`: looks at the world, changes nothing;
 * - `idempotent-write`: changes the world, and repeating with the same idempotency key changes nothing more;
 * - `write`: changes the world each time; never repeated by itself.
 */
export type ToolEffect = 'pure' | 'read' | 'idempotent-write' | 'write';

/** A tool as data: what a model is told of it, and what the runtime must know. */
export interface ToolDefinition {
  /** Unique among the platform's tools: letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description: string;
  /** JSON Schema of the input, an object. */
  readonly input: JsonSchema;
  /** JSON Schema of the result. Default: anything. */
  readonly output?: JsonSchema;
  readonly effect: ToolEffect;
  /** Milliseconds one call may take. Default 30,000. */
  readonly timeoutMs?: number;
  /** Whether a person must allow a call. Default `never`. */
  readonly approval?: ApprovalRule;
  /** Most bytes of JSON that a result may have in the journal; a longer one is kept as an artifact. Default 262,144. */
  readonly maxResultBytes?: number;
  /**
   * Names of the secrets that its calls need, as in the {@link SecretStore}; never their values. They are looked up at
   * each call. An agent or workflow of a tenant that lacks one is refused when it is defined. Default none.
   */
  readonly secrets?: readonly string[];
  /** What is done when a call fails in a way that may pass. Not for a `write`. Default: the model is told. */
  readonly retry?: ToolRetry;
}

/** Whether a person must allow a tool call: always, never, or when a condition on its `input` holds. */
export type ApprovalRule =
  | 'always'
  | 'never'
  | {
      /** Default: always. It knows `input`, `tool` and `agent`. */
      readonly when?: Expression;
      /** What the person is asked. Default: a sentence with the tool's name. */
      readonly prompt?: string;
      /** Permission the person needs. */
      readonly permission?: string;
      /** Milliseconds after which the question is over, and the call refused. Default: it stays. */
      readonly timeoutMs?: number;
    };

/** How often a failed call is made again. */
export interface ToolRetry {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  /** Milliseconds before the second attempt. Default 1,000. */
  readonly delayMs?: number;
  /** What the delay is multiplied with after each attempt. Default 2. */
  readonly factor?: number;
}

/** JSON Schema of {@link ApprovalRule}. */
export const approvalRuleSchema: JsonSchema = {
  anyOf: [
    { enum: ['always', 'never'] },
    {
      type: 'object',
      properties: {
        when: expressionSchema,
        prompt: { type: 'string', minLength: 1 },
        permission: { type: 'string', minLength: 1 },
        timeoutMs: { type: 'integer', minimum: 1 },
      },
      additionalProperties: false,
    },
  ],
};

/** JSON Schema of {@link ToolDefinition}. */
export const toolSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    description: { type: 'string', minLength: 1 },
    input: { type: 'object' },
    output: { type: 'object' },
    effect: { enum: ['pure', 'read', 'idempotent-write', 'write'] },
    timeoutMs: { type: 'integer', minimum: 1 },
    approval: approvalRuleSchema,
    maxResultBytes: { type: 'integer', minimum: 1 },
    secrets: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$' },
      uniqueItems: true,
      maxItems: 50,
    },
    retry: {
      type: 'object',
      properties: {
        maxAttempts: { type: 'integer', minimum: 1, maximum: 100 },
        delayMs: { type: 'integer', minimum: 0 },
        factor: { type: 'number', minimum: 1 },
      },
      required: ['maxAttempts'],
      additionalProperties: false,
    },
  },
  required: ['name', 'description', 'input', 'effect'],
  additionalProperties: false,
};
