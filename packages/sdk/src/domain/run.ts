import type { Json, JsonObject, JsonSchema } from '../json.ts';
import type { Message } from './message.ts';
import { runWaitSchema, type RunWait } from './run-wait.ts';
import { traceContextSchema, type TraceContext } from './trace-context.ts';

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
  /** Page, from 1, of what has pages. */
  readonly page?: number;
  /** The headings above it, joined by ` > `. */
  readonly heading?: string;
  /** The words relied on. */
  readonly quote?: string;
}

/** What a run executes, exactly as it was when the run began. */
export interface RunSubject {
  readonly kind: 'agent' | 'workflow' | 'router';
  readonly name: string;
  /** SHA-256 of the definition in canonical JSON (RFC 8785), hex. */
  readonly hash: string;
  /** The definition's own version, where it has one. */
  readonly version?: string;
}

/** The run that started this one, and for which of its steps. */
export interface RunParent {
  readonly runId: string;
  /** Path of the step: `triage`, `each[3].body`, or for a tool call `turn[2].call[0]`. */
  readonly path: string;
  /** 1 for a child of a run that nobody started, and so on. */
  readonly depth: number;
}

/** The run from which another one was made, and what of it counts there. */
export interface RunOrigin {
  readonly runId: string;
  /** Number of the first event of that run which the fork does not share. */
  readonly seq: number;
  /** Events at the beginning of the fork that are those of that run. */
  readonly shared: number;
  /** Questions to models are answered from that run's journal. */
  readonly models?: 'recorded';
  /** Calls of tools are answered from that run's journal. */
  readonly tools?: 'recorded';
}

/** Money spent on models. */
export interface RunCost {
  /** Billionths of a US dollar, a whole number so that sums are exact, of the calls whose price is known. */
  readonly nanoUsd: number;
  /** Calls whose price is not known. */
  readonly unpriced: number;
}

/** A run, as its journal tells it. */
export interface Run {
  readonly id: string;
  readonly subject: RunSubject;
  readonly parent?: RunParent;
  /** The run it was forked from. */
  readonly forkOf?: RunOrigin;
  /** The conversation it belongs to, as its memory knows it. */
  readonly session?: string;
  /** Whom it is for, as the application names them. */
  readonly user?: string;
  /** The trace it stands in, where one was begun for it. */
  readonly trace?: TraceContext;
  readonly status: RunStatus;
  /** The conversation, for an agent or a router; for a workflow what it was given. */
  readonly input: readonly Message[] | Json;
  /** The answer, once succeeded: text, or what the output schema of its definition says. */
  readonly output?: Json;
  readonly citations: readonly Citation[];
  readonly error?: RunFailure;
  /** What it waits for, while waiting; at least one thing. */
  readonly waitingFor?: readonly RunWait[];
  /** When it goes on by itself, while waiting. Milliseconds since the epoch. */
  readonly wakeAt?: number;
  /** Of its own calls and those of its children that have ended. */
  readonly usage: Usage;
  /** The same for money; left out until a model was asked. */
  readonly cost?: RunCost;
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

/** The answer of a run as text: JSON for anything but a string, nothing before there is one. */
export function answerOf({ output }: Pick<Run, 'output'>): string {
  if (output === undefined) return '';
  return typeof output === 'string' ? output : JSON.stringify(output);
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
    page: { type: 'integer', minimum: 1 },
    heading: { type: 'string' },
    quote: { type: 'string' },
  },
  required: ['source'],
  additionalProperties: false,
};

/** JSON Schema of {@link RunSubject}. */
export const runSubjectSchema: JsonSchema = {
  type: 'object',
  properties: {
    kind: { enum: ['agent', 'workflow', 'router'] },
    name: { type: 'string' },
    hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    version: { type: 'string' },
  },
  required: ['kind', 'name', 'hash'],
  additionalProperties: false,
};

/** JSON Schema of {@link RunParent}. */
export const runParentSchema: JsonSchema = {
  type: 'object',
  properties: {
    runId: { type: 'string', minLength: 1 },
    path: { type: 'string', minLength: 1 },
    depth: { type: 'integer', minimum: 1 },
  },
  required: ['runId', 'path', 'depth'],
  additionalProperties: false,
};

/** JSON Schema of {@link RunOrigin}. */
export const runOriginSchema: JsonSchema = {
  type: 'object',
  properties: {
    runId: { type: 'string', minLength: 1 },
    seq: { type: 'integer', minimum: 2 },
    shared: { type: 'integer', minimum: 1 },
    models: { const: 'recorded' },
    tools: { const: 'recorded' },
  },
  required: ['runId', 'seq', 'shared'],
  additionalProperties: false,
};

/** JSON Schema of {@link RunCost}. */
export const runCostSchema: JsonSchema = {
  type: 'object',
  properties: { nanoUsd: { type: 'integer', minimum: 0 }, unpriced: { type: 'integer', minimum: 0 } },
  required: ['nanoUsd', 'unpriced'],
  additionalProperties: false,
};

/** JSON Schema of {@link Run}. */
export const runSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', minLength: 1 },
    subject: runSubjectSchema,
    parent: runParentSchema,
    forkOf: runOriginSchema,
    session: { type: 'string' },
    user: { type: 'string' },
    trace: traceContextSchema,
    status: { enum: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] },
    input: {},
    output: {},
    citations: { type: 'array', items: citationSchema },
    error: runFailureSchema,
    waitingFor: { type: 'array', items: runWaitSchema, minItems: 1 },
    wakeAt: { type: 'integer', minimum: 0 },
    usage: usageSchema,
    cost: runCostSchema,
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
    'subject',
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
