import type { JsonSchema } from '../json.ts';
import { nameSchema } from './expression.ts';

/** How far a run may go before it is stopped. */
export interface RunLimits {
  /** Calls of the model. Default 12. */
  readonly turns?: number;
  /** Input and output tokens together. Default: no limit. */
  readonly tokens?: number;
  /** Milliseconds of work from start to end; time the platform was down does not count. Default 300,000. */
  readonly timeMs?: number;
  /** Tool calls. Default 64. */
  readonly toolCalls?: number;
  /** US dollars for models, children included. Default: no limit. With one, a call whose price is not known ends the run. */
  readonly costUsd?: number;
}

/** JSON Schema of {@link RunLimits}. */
export const runLimitsSchema: JsonSchema = {
  type: 'object',
  properties: {
    turns: { type: 'integer', minimum: 1 },
    tokens: { type: 'integer', minimum: 1 },
    timeMs: { type: 'integer', minimum: 1 },
    toolCalls: { type: 'integer', minimum: 0 },
    costUsd: { type: 'number', exclusiveMinimum: 0 },
  },
  additionalProperties: false,
};

/** An agent as data: who it is, which model answers, and what it may use. */
export interface AgentDefinition {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** What it is for, for people who choose an agent. */
  readonly description?: string;
  /** The system prompt. */
  readonly instructions: string;
  /**
   * `provider/model`, or several in order of preference: the first whose provider is available answers.
   * Everything after the first slash is the provider's own model name.
   */
  readonly model: string | readonly string[];
  /** Passed to the model. */
  readonly settings?: { readonly temperature?: number; readonly maxOutputTokens?: number };
  /** Names of the tools it may call. Default none. */
  readonly tools?: readonly string[];
  /** Names of agents it may ask, each offered to the model as a tool; each question is a run of its own. Default none. */
  readonly agents?: readonly string[];
  readonly limits?: RunLimits;
  /** Questions it answers well, to show to people. */
  readonly examples?: readonly string[];
}

/** JSON Schema of {@link AgentDefinition}. */
export const agentSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    description: { type: 'string' },
    instructions: { type: 'string', minLength: 1 },
    model: {
      oneOf: [
        { type: 'string', pattern: '^[a-z][a-z0-9-]*/.+$' },
        { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[a-z][a-z0-9-]*/.+$' } },
      ],
    },
    settings: {
      type: 'object',
      properties: {
        temperature: { type: 'number', minimum: 0, maximum: 2 },
        maxOutputTokens: { type: 'integer', minimum: 1 },
      },
      additionalProperties: false,
    },
    tools: { type: 'array', items: { type: 'string' }, uniqueItems: true },
    agents: { type: 'array', items: nameSchema, uniqueItems: true },
    examples: { type: 'array', items: { type: 'string' } },
    limits: runLimitsSchema,
  },
  required: ['name', 'instructions', 'model'],
  additionalProperties: false,
};
