import type { JsonSchema } from '../json.ts';

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
}

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
  },
  required: ['name', 'description', 'input', 'effect'],
  additionalProperties: false,
};
