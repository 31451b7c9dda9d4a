import type { AgentRuntime, DecisionAnswer, HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { answeredBy, jsonOf } from './answer.ts';
import { decisionSchema } from './message-schemas.ts';
import { runParams, runResponse } from './route-schemas.ts';

export function decideRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/decide',
    operationId: 'decideRun',
    summary: 'Say what became of a tool call whose outcome is not known.',
    description:
      'A write that was in flight when the platform stopped is not repeated by itself. What a tool asks is answered the ' +
      'same way: `done`, with the answer as `output`.',
    tag: 'Runs',
    permission: 'runs:approve',
    resource: 'runs/{id}',
    params: runParams,
    body: decisionSchema,
    bodyExample: { callId: 'call_1', outcome: 'done', output: 'paid by hand' },
    responses: { 200: runResponse('The run, which has taken it in.') },
    errors: {
      AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND,
      AF_RUN_ENDED: errorTable.AF_RUN_ENDED,
      AF_DECISION_UNKNOWN: errorTable.AF_DECISION_UNKNOWN,
      AF_DECISION_RESOLVED: errorTable.AF_DECISION_RESOLVED,
    },
    rate: 'write',
    handler: async ({ params, body, principal }) => {
      const id = params['id'] ?? '';
      const answer = answeredBy(principal, body as unknown as DecisionAnswer); // as its schema says
      const runs = runtime.tenant(principal.tenant);
      return { body: jsonOf(await runs.decide(id, answer)) };
    },
  };
}
