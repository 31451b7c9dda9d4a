import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { runParams, runResponse } from './route-schemas.ts';

export function cancelRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/cancel',
    operationId: 'cancelRun',
    summary: 'Cancel a run.',
    description: 'A run that has ended stays as it is; cancelling twice does no harm.',
    tag: 'Runs',
    permission: 'runs:write',
    resource: 'runs/{id}',
    params: runParams,
    responses: { 200: runResponse('The run, ended.') },
    errors: { AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND },
    rate: 'write',
    handler: async ({ params, principal }) => ({
      body: jsonOf(
        await runtime
          .tenant(principal.tenant)
          .cancel(params['id'] ?? '', 'A client of the HTTP API asked for it.'),
      ),
    }),
  };
}
