import type { AgentRuntime, HttpRoute, RunQuery } from '@agent-factory/sdk/contracts';
import type { RunStatus } from '@agent-factory/sdk/domain';
import { jsonOf } from './answer.ts';
import { runsResponse } from './route-schemas.ts';

export function listRuns(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/runs',
    operationId: 'listRuns',
    summary: 'List runs, newest first.',
    tag: 'Runs',
    permission: 'runs:read',
    query: {
      type: 'object',
      properties: {
        agent: { type: 'string', description: 'Only runs of this agent.' },
        workflow: { type: 'string', description: 'Only runs of this workflow.' },
        router: { type: 'string', description: 'Only runs of this router.' },
        status: {
          enum: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'],
          description: 'Only runs that stand there.',
        },
        limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
        before: { type: 'string', description: 'Id of the last run of the page before.' },
      },
      additionalProperties: false,
    },
    responses: { 200: runsResponse },
    rate: 'read',
    handler: async ({ query, principal }) => {
      const { status, limit, before } = query;
      const kind = (['agent', 'workflow', 'router'] as const).find((each) => typeof query[each] === 'string');
      const wanted: RunQuery = {
        ...(kind && { subject: { kind, name: query[kind] as string } }), // found to be text
        ...(typeof status === 'string' && { status: [status as RunStatus] }), // one of those in the schema
        ...(typeof limit === 'number' && { limit }),
        ...(typeof before === 'string' && { before }),
      };
      return { body: jsonOf({ runs: await runtime.tenant(principal.tenant).list(wanted) }) };
    },
  };
}
