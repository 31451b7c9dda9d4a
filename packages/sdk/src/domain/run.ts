import type { JsonObject, JsonSchema } from '../json.ts';
import { messageSchema, type Message } from './message.ts';

/** Where a run stands. The last three are final. */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** Tokens used. What is not given is not known, or does not exist at that provider. */
export interface Usage {
  /** Everything the model read, those below with it. */
  readonly inputTokens: number;
  /** Everything the model wrote, what it thought with it. */
  readonly outputTokens: number;
  /** Of the input: read from the provider's cache. */
  readonly cachedInputTokens?: number;
  /** Of the input: written into the provider's cache. */
  readonly cacheWriteTokens?: number;
  /** Of the output: thought, and not part of the answer. */
  readonly reasoningTokens?: number;
}

/** Why something failed, as data a client can act on. */
export interface RunFailure {
  /** `AF_…` */
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly retryable: boolean;
}

/** Where a statement comes from. */
export interface Citation {
  /** File or page, as the tool names it; for files relative to the searched folder. */
  readonly source: string;
  /** First line, from 1. */
  readonly line?: number;
  /** Last line. */
  readonly endLine?: number;
  /** The words relied on. */
  readonly quote?: string;
}

/** A run, as its journal tells it. */
export interface Run {
  readonly id: string;
  readonly agent: string;
  readonly agentHash: string;
  readonly status: RunStatus;
  readonly input: readonly Message[];
  /** The answer, once succeeded. */
  readonly output?: string;
  readonly citations: readonly Citation[];
  readonly error?: RunFailure;
  /** What it waits for, while waiting. */
  readonly waitingFor?: string;
  readonly usage: Usage;
  /** Calls of the model so far. */
  readonly turns: number;
  readonly toolCalls: number;
  readonly metadata?: JsonObject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Number of the last event. */
  readonly lastSeq: number;
}

/** JSON Schema of {@link Usage}. */
export const usageSchema: JsonSchema = {
  type: 'object',
  properties: {
    inputTokens: { type: 'integer', minimum: 0 },
    outputTokens: { type: 'integer', minimum: 0 },
    cachedInputTokens: { type: 'integer', minimum: 0 },
    cacheWriteTokens: { type: 'integer', minimum: 0 },
    reasoningTokens: { type: 'integer', minimum: 0 },
  },
  required: ['inputTokens', 'outputTokens'],
  additionalProperties: false,
};

/** JSON Schema of {@link RunFailure}. */
export const runFailureSchema: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string', pattern: '^AF_[A-Z0-9_]+$' },
    message: { type: 'string' },
    fix: { type: 'string' },
    retryable: { type: 'boolean' },
  },
  required: ['code', 'message', 'fix', 'retryable'],
  additionalProperties: false,
};

/** JSON Schema of {@link Citation}. */
export const citationSchema: JsonSchema = {
  type: 'object',
  properties: {
    source: { type: 'string', minLength: 1 },
    line: { type: 'integer', minimum: 1 },
    endLine: { type: 'integer', minimum: 1 },
    quote: { type: 'string' },
  },
  required: ['source'],
  additionalProperties: false,
};

/** JSON Schema of {@link Run}. */
export const runSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', minLength: 1 },
    agent: { type: 'string' },
    agentHash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    status: { enum: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] },
    input: { type: 'array', items: messageSchema },
    output: { type: 'string' },
    citations: { type: 'array', items: citationSchema },
    error: runFailureSchema,
    waitingFor: { type: 'string' },
    usage: usageSchema,
    turns: { type: 'integer', minimum: 0 },
    toolCalls: { type: 'integer', minimum: 0 },
    metadata: { type: 'object' },
    createdAt: { type: 'integer', minimum: 0 },
    startedAt: { type: 'integer', minimum: 0 },
    endedAt: { type: 'integer', minimum: 0 },
    lastSeq: { type: 'integer', minimum: 1 },
  },
  required: [
    'id',
    'agent',
    'agentHash',
    'status',
    'input',
    'citations',
    'usage',
    'turns',
    'toolCalls',
    'createdAt',
    'lastSeq',
  ],
  additionalProperties: false,
};
