import type { AgentRuntime, SentEvent, HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { answeredBy, jsonOf } from './answer.ts';
import { sentEventSchema } from './message-schemas.ts';
import { runParams, runResponse } from './route-schemas.ts';

export function sendToRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/events',
    operationId: 'sendToRun',
    summary: 'Send something to a run.',
    description:
      'It is kept whether the run waits for it yet or not; sending again with the same `id` changes nothing.',
    tag: 'Runs',
    permission: 'runs:write',
    resource: 'runs/{id}',
    params: runParams,
    body: sentEventSchema,
    bodyExample: { name: 'reply.received', data: { text: 'Yes.' } },
    responses: { 200: runResponse('The run, which has taken it in.') },
    errors: {
      AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND,
      AF_RUN_ENDED: errorTable.AF_RUN_ENDED,
    },
    rate: 'write',
    handler: async ({ params, body, principal }) => {
      const id = params['id'] ?? '';
      const event = answeredBy(principal, body as unknown as SentEvent); // as its schema says
      const runs = runtime.tenant(principal.tenant);
      return { body: jsonOf(await runs.send(id, event)) };
    },
  };
}
