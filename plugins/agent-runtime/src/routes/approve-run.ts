import {
  eventsOfRun,
  checkAccess,
  type AgentRuntime,
  type ApprovalAnswer,
  type HttpRoute,
  type Journal,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import { answeredBy, jsonOf } from './answer.ts';
import { approvalSchema } from './message-schemas.ts';
import { runParams, runResponse } from './route-schemas.ts';

/** What was asked is in the journal and never changes; what was never asked cannot be answered. */
async function checkAsked(
  principal: Principal,
  journal: Journal,
  { runId, approvalId }: { readonly runId: string; readonly approvalId: string },
): Promise<void> {
  const asked = (await eventsOfRun(journal.tenant(principal.tenant), runId)).find(
    (event) => event.type === 'approval.requested' && event.data.approvalId === approvalId,
  );
  if (asked?.type !== 'approval.requested')
    throw errors.AF_APPROVAL_UNKNOWN({ approval: approvalId, run: runId });
  if (asked.data.permission !== undefined) checkAccess(principal, asked.data.permission, `runs/${runId}`);
}

export function approveRun(runtime: AgentRuntime, journal: Journal): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/approve',
    operationId: 'approveRun',
    summary: 'Answer a run that asks for permission.',
    description:
      'The run goes on, here or on a worker. An answer holds once; sending it again with the same `id` changes ' +
      'nothing. Where the question names a permission, whoever answers needs that one too.',
    tag: 'Runs',
    permission: 'runs:approve',
    resource: 'runs/{id}',
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
    handler: async ({ params, body, principal }) => {
      const id = params['id'] ?? '';
      const answer = answeredBy(principal, body as unknown as ApprovalAnswer); // as its schema says
      const runs = runtime.tenant(principal.tenant);
      await runs.get(id);
      await checkAsked(principal, journal, { runId: id, approvalId: answer.approvalId });
      return { body: jsonOf(await runs.approve(id, answer)) };
    },
  };
}
