import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import {
  promptLogEntries,
  type HttpRoute,
  type PromptLog,
  type PromptLogEntry,
  type PromptLogQuery,
  type ServerSentEvent,
} from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { entrySchema, exampleEntry, filterProperties, pageProperties } from './entry-schemas.ts';

const base = { tag: 'Prompt log', permission: 'prompt-log:read', rate: 'read' } as const;
const invalid = { AF_PROMPT_LOG_QUERY_INVALID: errorTable.AF_PROMPT_LOG_QUERY_INVALID };

/** The API of the prompt log. */
export function promptLogRoutes(log: PromptLog): readonly HttpRoute[] {
  return [list(log), exportAll(log), get(log), spans(log)];
}

function list(log: PromptLog): HttpRoute {
  return {
    ...base,
    method: 'GET',
    path: '/api/v1/prompt-log',
    operationId: 'listPromptLog',
    summary: 'List calls of models and tools, newest first.',
    query: {
      type: 'object',
      properties: { ...filterProperties, ...pageProperties },
      additionalProperties: false,
    },
    responses: {
      200: {
        description: 'The entries; `next` is the cursor of the next page.',
        schema: {
          type: 'object',
          properties: { entries: { type: 'array', items: entrySchema }, next: { type: 'string' } },
          required: ['entries'],
          additionalProperties: false,
        },
        example: { entries: [exampleEntry] },
      },
    },
    errors: invalid,
    handler: async ({ query, principal }) => ({
      body: jsonOf(await log.tenant(principal.tenant).list(query satisfies PromptLogQuery)),
    }),
  };
}

function exportAll(log: PromptLog): HttpRoute {
  return {
    ...base,
    method: 'GET',
    path: '/api/v1/prompt-log/export',
    operationId: 'exportPromptLog',
    summary: 'All calls of models and tools that fit, one JSON line each.',
    description:
      'Server-sent events: `data` is an entry on one line, newest first; the last event is `done`. The lines after ' +
      '`data: ` together are JSON Lines.',
    query: { type: 'object', properties: filterProperties, additionalProperties: false },
    responses: { 200: { description: 'The entries.', contentType: 'text/event-stream' } },
    errors: invalid,
    async handler({ query, principal }) {
      const runs = log.tenant(principal.tenant);
      // What is wrong with the query shows before the stream begins.
      await runs.list({ ...(query satisfies PromptLogQuery), limit: 1 });
      return { stream: lines(promptLogEntries(runs, query)) };
    },
  };
}

async function* lines(entries: AsyncIterable<PromptLogEntry>): AsyncGenerator<ServerSentEvent> {
  for await (const entry of entries) yield { id: entry.id, data: jsonOf(entry) };
  yield { event: 'done', data: null };
}

function get(log: PromptLog): HttpRoute {
  return {
    ...base,
    method: 'GET',
    path: '/api/v1/prompt-log/{id}',
    operationId: 'getPromptLogEntry',
    summary: 'Read one call.',
    params: idParams('Id of the entry: a run, a colon and a number.'),
    responses: { 200: { description: 'The entry.', schema: entrySchema, example: exampleEntry } },
    errors: { AF_PROMPT_LOG_UNKNOWN: errorTable.AF_PROMPT_LOG_UNKNOWN },
    handler: async ({ params, principal }) => ({
      body: jsonOf(await log.tenant(principal.tenant).get(params['id'] ?? '')),
    }),
  };
}

function spans(log: PromptLog): HttpRoute {
  return {
    ...base,
    method: 'GET',
    path: '/api/v1/runs/{id}/spans',
    operationId: 'exportRunSpans',
    summary: 'A run as OpenTelemetry spans, by the conventions for generative AI.',
    description:
      'OTLP/JSON, as `POST /v1/traces` of a collector takes it. With `content=true` also what was said.',
    params: idParams('Id of the run.'),
    query: {
      type: 'object',
      properties: {
        content: { type: 'boolean', default: false, description: 'With what was asked and answered.' },
      },
      additionalProperties: false,
    },
    responses: {
      200: {
        description: 'An ExportTraceServiceRequest.',
        schema: {
          type: 'object',
          properties: { resourceSpans: { type: 'array', items: { type: 'object' } } },
          required: ['resourceSpans'],
          additionalProperties: false,
        },
        example: { resourceSpans: [] },
      },
    },
    errors: { AF_PROMPT_LOG_RUN_UNKNOWN: errorTable.AF_PROMPT_LOG_RUN_UNKNOWN },
    handler: async ({ params, query, principal }) => ({
      body: await log
        .tenant(principal.tenant)
        .spans(params['id'] ?? '', { content: query['content'] === true }),
    }),
  };
}

function idParams(description: string): JsonSchema {
  return {
    type: 'object',
    properties: { id: { type: 'string', minLength: 1, maxLength: 100, description } },
    required: ['id'],
    additionalProperties: false,
  };
}

/** A value of the contract as a JSON body. Its interfaces hold JSON alone, but lack the index signature of Json. */
function jsonOf(value: object): Json {
  return value as JsonObject; // see above
}
