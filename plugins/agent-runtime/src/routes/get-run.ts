import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { runParams, runResponse } from './route-schemas.ts';

export function getRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/runs/{id}',
    operationId: 'getRun',
    summary: 'Read a run as it stands.',
    tag: 'Runs',
    permission: 'runs:read',
    resource: 'runs/{id}',
    params: runParams,
    responses: { 200: runResponse('The run.') },
    errors: { AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND },
    rate: 'read',
    handler: async ({ params, principal }) => ({
      body: jsonOf(await runtime.tenant(principal.tenant).get(params['id'] ?? '')),
    }),
  };
}
