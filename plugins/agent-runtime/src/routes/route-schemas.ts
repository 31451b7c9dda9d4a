import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';
import {
  callerToolSchema,
  eventSchema,
  runLimitsSchema,
  runSchema,
  toolSchema,
} from '@agent-factory/sdk/domain';

/** Path parameter of routes about one run. */
export const runParams: JsonSchema = {
  type: 'object',
  properties: { id: { type: 'string', description: 'Id of the run.', minLength: 1, maxLength: 64 } },
  required: ['id'],
  additionalProperties: false,
};

/** Query parameter of routes that go on after an event. */
export const afterEvent: JsonSchema = {
  type: 'integer',
  minimum: 0,
  default: 0,
  description: 'Only events with a greater number.',
};

/** Body of the request that starts a run. */
export const runRequestSchema: JsonSchema = {
  type: 'object',
  properties: {
    agent: { type: 'string', minLength: 1, maxLength: 64, description: 'Name of the agent.' },
    router: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      description: 'Name of the router, in place of an agent.',
    },
    workflow: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      description: 'Name of the workflow, in place of an agent; `input` is what its schema wants.',
    },
    input: {
      description: 'The question, or the whole conversation so far, ending with a message of the user.',
      examples: ['How is a plugin isolated?'],
    },
    limits: { ...runLimitsSchema, description: "Tighter limits than the agent's own." },
    stream: { type: 'boolean', description: 'Write the answer as `message.delta` events while it comes.' },
    idempotencyKey: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'Starting again with the same key gives the first run.',
    },
    callerTools: {
      type: 'array',
      items: callerToolSchema,
      maxItems: 128,
      description:
        'Tools of the caller, for an agent. A run waits at each call, with its input; `decide` tells what came of it.',
    },
    output: { type: 'object', description: 'JSON Schema of the answer, for an agent, in place of its own.' },
    metadata: { type: 'object', description: 'Kept with the run.' },
    session: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'The conversation it goes on with.',
    },
    user: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'Whom it is for, as the application names them; agents may remember by user.',
    },
  },
  required: ['input'],
  additionalProperties: false,
};

const exampleHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

const exampleRun = {
  id: 'run_0mi9k2x5w4f1c8a7b6d5e4f30',
  subject: { kind: 'agent', name: 'guide', hash: exampleHash },
  status: 'succeeded',
  input: [{ role: 'user', content: 'How is a plugin isolated?' }],
  output: 'Each plugin runs in a process of its own [isolation.md:12].',
  citations: [{ source: 'isolation.md', line: 12, quote: 'Each plugin runs in a process of its own.' }],
  usage: { inputTokens: 812, outputTokens: 41 },
  turns: 2,
  toolCalls: 1,
  createdAt: 1_763_800_000_000,
  startedAt: 1_763_800_000_000,
  endedAt: 1_763_800_000_420,
  lastSeq: 9,
};

/** A run, to show. */
export const shownRun: JsonObject = exampleRun;

/** Answers with a run. */
export function runResponse(description: string): HttpResponseSpec {
  return { description, schema: runSchema, example: exampleRun };
}

/** Answers with runs. */
export const runsResponse: HttpResponseSpec = {
  description: 'The runs, newest first.',
  schema: listOf('runs', runSchema),
  example: { runs: [exampleRun] },
};

/** Answers with events of a run. */
export const eventsResponse: HttpResponseSpec = {
  description: 'The events, in order.',
  schema: listOf('events', eventSchema),
  example: {
    events: [
      { runId: exampleRun.id, seq: 2, type: 'run.started', at: exampleRun.createdAt, data: { attempt: 1 } },
    ],
  },
};

/** An agent, to show. */
export const exampleAgent: JsonObject = {
  name: 'guide',
  description: 'Answers questions about the documents.',
  instructions: 'Answer from the documents, and say where each statement comes from.',
  model: ['openai/gpt-5-mini', 'local/tools'],
  tools: ['search_documents'],
};

/** Answers with tools. */
export const toolsResponse: HttpResponseSpec = {
  description: 'The tools, by name.',
  schema: listOf('tools', toolSchema),
  example: {
    tools: [
      {
        name: 'calculate',
        description: 'Works out an arithmetic expression.',
        input: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] },
        effect: 'pure',
      },
    ],
  },
};

function listOf(name: string, items: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { [name]: { type: 'array', items } },
    required: [name],
    additionalProperties: false,
  };
}
