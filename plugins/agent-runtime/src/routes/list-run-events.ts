import type { AgentRuntime, HttpRoute, Journal } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { afterEvent, eventsResponse, runParams } from './route-schemas.ts';

export function listRunEvents(runtime: AgentRuntime, journal: Journal): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/runs/{id}/events',
    operationId: 'listRunEvents',
    summary: "Read a run's events so far.",
    tag: 'Runs',
    permission: 'runs:read',
    resource: 'runs/{id}',
    params: runParams,
    query: {
      type: 'object',
      properties: { after: afterEvent, limit: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 } },
      additionalProperties: false,
    },
    responses: { 200: eventsResponse },
    errors: { AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND },
    rate: 'read',
    handler: async ({ params, query, principal }) => {
      const { id } = await runtime.tenant(principal.tenant).get(params['id'] ?? '');
      const events = await journal.tenant(principal.tenant).read(id, {
        after: Number(query['after'] ?? 0),
        limit: Number(query['limit'] ?? 1000),
      });
      return { body: jsonOf({ events }) };
    },
  };
}
