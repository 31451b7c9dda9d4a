import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import { usageSchema } from '@agent-factory/sdk/domain';

const text: JsonSchema = { type: 'string' };
const name = (description: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description,
});
const count = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });

/** Parameters that say which entries. */
export const filterProperties: Readonly<Record<string, JsonSchema>> = {
  agent: name('Only calls of this agent or workflow.'),
  kind: { enum: ['model', 'tool'], description: 'Only calls of models, or of tools.' },
  provider: name('Only calls of this provider.'),
  model: name('Only calls of this model.'),
  tool: name('Only calls of this tool.'),
  status: { enum: ['ok', 'failed'], description: 'Only those that ended so.' },
  session: name('Only those of this conversation.'),
  runId: name('Only those of this run.'),
  from: count('Only those that ended then or later; milliseconds since the epoch.'),
  to: count('Only those that ended before.'),
  minCostNanoUsd: count('Only those that cost at least this; billionths of a US dollar.'),
  maxCostNanoUsd: count('Only those that cost at most this.'),
  minTokens: count('Only those with at least so many tokens, read and written together.'),
  maxTokens: count('Only those with at most so many.'),
  text: { type: 'string', minLength: 1, maxLength: 1000, description: 'Words that all stand in it.' },
};

/** Parameters that say which page. */
export const pageProperties: Readonly<Record<string, JsonSchema>> = {
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  after: { type: 'string', minLength: 1, maxLength: 4096, description: '`next` of the page before.' },
};

/** JSON Schema of an entry. */
export const entrySchema: JsonSchema = {
  type: 'object',
  properties: {
    id: text,
    runId: text,
    seq: { type: 'integer', minimum: 1 },
    kind: { enum: ['model', 'tool'] },
    at: { type: 'integer', minimum: 0 },
    agent: text,
    provider: text,
    model: text,
    tool: text,
    status: { enum: ['ok', 'failed'] },
    error: text,
    session: text,
    usage: usageSchema,
    costNanoUsd: { type: 'integer', minimum: 0 },
    durationMs: { type: 'number', minimum: 0 },
    request: {},
    response: {},
    redacted: { type: 'integer', minimum: 0 },
  },
  required: [
    'id',
    'runId',
    'seq',
    'kind',
    'at',
    'agent',
    'status',
    'durationMs',
    'request',
    'response',
    'redacted',
  ],
  additionalProperties: false,
};

/** An entry, to show. */
export const exampleEntry: JsonObject = {
  id: 'run_0mi9k2x5w4f1c8a7b6d5e4f30:6',
  runId: 'run_0mi9k2x5w4f1c8a7b6d5e4f30',
  seq: 6,
  kind: 'tool',
  at: 1_763_800_000_300,
  agent: 'guide',
  tool: 'search_documents',
  status: 'ok',
  durationMs: 12.5,
  request: { query: 'isolation' },
  response: { citations: [] },
  redacted: 0,
};
