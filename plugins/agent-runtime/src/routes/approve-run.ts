import {
  defaultTenant,
  type AgentRuntime,
  type ApprovalAnswer,
  type HttpRoute,
} from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { approvalSchema } from './message-schemas.ts';
import { runParams, runResponse } from './route-schemas.ts';

export function approveRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/approve',
    operationId: 'approveRun',
    summary: 'Answer a run that asks for permission.',
    description:
      'The run goes on, here or on a worker. An answer holds once; sending it again with the same `id` changes nothing.',
    tag: 'Runs',
    permission: 'runs:approve',
    params: runParams,
    body: approvalSchema,
    bodyExample: { approvalId: 'call_1', outcome: 'approved', by: 'ann' },
    responses: { 200: runResponse('The run, which has taken it in.') },
    errors: {
      AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND,
      AF_RUN_ENDED: errorTable.AF_RUN_ENDED,
      AF_APPROVAL_UNKNOWN: errorTable.AF_APPROVAL_UNKNOWN,
      AF_APPROVAL_RESOLVED: errorTable.AF_APPROVAL_RESOLVED,
      AF_APPROVAL_INPUT: errorTable.AF_APPROVAL_INPUT,
    },
    rate: 'write',
    handler: async ({ params, body }) => {
      const id = params['id'] ?? '';
      const runs = runtime.tenant(defaultTenant);
      return { body: jsonOf(await runs.approve(id, body as unknown as ApprovalAnswer)) }; // as its schema says
    },
  };
}
