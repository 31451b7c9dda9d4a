import type { JsonSchema } from '../json.ts';
import { expressionSchema, nameSchema, type Expression } from './expression.ts';
import { guardrailUseSchema, type GuardrailUse } from './guardrail.ts';
import { approvalRuleSchema, type ApprovalRule } from './tool.ts';

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

/** Another agent that may go on with the conversation, in the same run. */
export interface AgentHandoff {
  /** Name of that agent. */
  readonly target: string;
  /**
   * Handed over when this holds after an answer; it knows `input` and `output` (the last message of the user and the
   * answer), `agent`, `turns` and `metadata`. Without it the model decides, by a tool named `transfer_to_…`.
   */
  readonly when?: Expression;
  /** When to hand over, for the model. Default: what the other agent says it is for. */
  readonly description?: string;
  /** Makes the text that the other agent begins with. Default: the conversation as it stands. */
  readonly input?: Expression;
}

/** What an agent keeps of a conversation between runs of the same session. */
export interface AgentMemory {
  /** The newest of this many messages are read. Default 50. */
  readonly last?: number;
  /** At most this many characters of them. Default: no limit. */
  readonly maxChars?: number;
  /** Milliseconds after which an idle conversation is forgotten. Default as the memory is configured. */
  readonly ttlMs?: number;
  /** Older messages are summed up by the agent's model. Default: they are left out. */
  readonly summary?: {
    /** Sum up when more messages than this are not summed up yet. At least 4. */
    readonly after: number;
    /** How many of the newest stay as they are. */
    readonly keep: number;
  };
}

/** What an agent keeps in mind between runs, as JSON of a known shape, by tools `read_memory` and `update_memory`. */
export interface AgentWorkingMemory {
  /** JSON Schema of an object; the whole must fit it after each change. */
  readonly schema: JsonSchema;
  /** Whose it is: the run's session, or its user. Default `session`. */
  readonly scope?: 'session' | 'user';
  /** Agents that name the same share it. Default the agent's name. */
  readonly name?: string;
  /** Most bytes of its JSON. Default 16,384. */
  readonly maxBytes?: number;
  /** Milliseconds after which it is forgotten when it is not changed; 0 never. Default as the memory is configured. */
  readonly ttlMs?: number;
}

/** What an agent remembers of earlier runs: each question with its answer, found again by a tool `recall`. */
export interface AgentSemanticMemory {
  /** Whose it is: the run's session, or its user. Default `user`. */
  readonly scope?: 'session' | 'user';
  /** Milliseconds each is remembered; 0 for ever. Default as the memory is configured. */
  readonly ttlMs?: number;
}

/** How a model is asked. */
export interface ModelSettings {
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly reasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
}

/** A tool of whoever runs an agent, who makes its calls: the run waits for what they say came of each. */
export interface CallerTool {
  /** Letters, digits, `_` and `-`, at most 64; none of the agent's other tools has it. */
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description: string;
  /** JSON Schema of the input. It is the model's to keep to, and the caller's to check. */
  readonly input: JsonSchema;
}

/** JSON Schema of {@link CallerTool}. */
export const callerToolSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    description: { type: 'string' },
    input: { type: 'object' },
  },
  required: ['name', 'description', 'input'],
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
  readonly settings?: ModelSettings;
  /** JSON Schema of its answer, an object. The answer is checked, repaired once, and is then JSON. Default: text. */
  readonly output?: JsonSchema;
  /** Names of the tools it may call. Default none. */
  readonly tools?: readonly string[];
  /** Tools of whoever runs it, beside its own. A run asks for them as `decision`, with `input`. Default none. */
  readonly callerTools?: readonly CallerTool[];
  /** Names of knowledge bases it may search, by a tool named `search_knowledge`. Default none. */
  readonly knowledge?: readonly string[];
  /** Names of agents it may ask, each offered to the model as a tool; each question is a run of its own. Default none. */
  readonly agents?: readonly string[];
  /** Agents it may hand the conversation to. Default none. */
  readonly handoffs?: readonly AgentHandoff[];
  /** Which tool calls a person must allow, by name of the tool; goes before what the tool says. */
  readonly approvals?: Readonly<Record<string, ApprovalRule>>;
  /** What it keeps of a conversation whose runs name a session. Default nothing. */
  readonly memory?: AgentMemory;
  /** What it keeps in mind as JSON. Default nothing. */
  readonly workingMemory?: AgentWorkingMemory;
  /** What it remembers of earlier runs, to find it again by what it means. Default nothing. */
  readonly semanticMemory?: AgentSemanticMemory;
  /** Checks of what goes in and comes out, in this order. Default none. */
  readonly guardrails?: readonly GuardrailUse[];
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
        stop: { type: 'array', items: { type: 'string', minLength: 1 } },
        seed: { type: 'integer' },
        reasoningEffort: { enum: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] },
      },
      additionalProperties: false,
    },
    tools: { type: 'array', items: { type: 'string' }, uniqueItems: true },
    output: { type: 'object' },
    callerTools: { type: 'array', items: callerToolSchema, maxItems: 128 },
    knowledge: { type: 'array', items: nameSchema, uniqueItems: true },
    agents: { type: 'array', items: nameSchema, uniqueItems: true },
    handoffs: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          target: nameSchema,
          when: expressionSchema,
          description: { type: 'string' },
          input: expressionSchema,
        },
        required: ['target'],
        additionalProperties: false,
      },
    },
    approvals: { type: 'object', additionalProperties: approvalRuleSchema },
    memory: {
      type: 'object',
      properties: {
        last: { type: 'integer', minimum: 1 },
        maxChars: { type: 'integer', minimum: 1 },
        ttlMs: { type: 'integer', minimum: 0 },
        summary: {
          type: 'object',
          properties: { after: { type: 'integer', minimum: 4 }, keep: { type: 'integer', minimum: 0 } },
          required: ['after', 'keep'],
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    workingMemory: {
      type: 'object',
      properties: {
        schema: { type: 'object' },
        scope: { enum: ['session', 'user'] },
        name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
        maxBytes: { type: 'integer', minimum: 2, maximum: 1_048_576 },
        ttlMs: { type: 'integer', minimum: 0 },
      },
      required: ['schema'],
      additionalProperties: false,
    },
    semanticMemory: {
      type: 'object',
      properties: { scope: { enum: ['session', 'user'] }, ttlMs: { type: 'integer', minimum: 0 } },
      additionalProperties: false,
    },
    guardrails: { type: 'array', items: guardrailUseSchema },
    examples: { type: 'array', items: { type: 'string' } },
    limits: runLimitsSchema,
  },
  required: ['name', 'instructions', 'model'],
  additionalProperties: false,
};
