import type { JsonObject } from '@agent-factory/sdk';
import {
  quotaErrorTable,
  type AgentRuntime,
  type HttpRoute,
  type Principal,
  type RunRequest,
} from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { ownKey } from './own-key.ts';
import { runRequestSchema, runResponse } from './route-schemas.ts';

export function startRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs',
    operationId: 'startRun',
    summary: 'Run an agent.',
    description:
      'Answers at once with the accepted run, or, with `wait=true`, once it has ended. A run goes on when the ' +
      'client goes away; cancel it to stop it. The header `Idempotency-Key` stands for `idempotencyKey`.',
    tag: 'Runs',
    permission: 'runs:write',
    query: {
      type: 'object',
      properties: {
        wait: { type: 'boolean', default: false, description: 'Answer only once the run has ended.' },
      },
      additionalProperties: false,
    },
    body: runRequestSchema,
    bodyExample: { agent: 'guide', input: 'How is a plugin isolated?' },
    responses: {
      200: runResponse('The run has ended (`wait=true`).'),
      202: runResponse('The run was accepted.'),
    },
    errors: {
      AF_AGENT_UNKNOWN: errorTable.AF_AGENT_UNKNOWN,
      AF_AGENT_NO_MODEL: errorTable.AF_AGENT_NO_MODEL,
      AF_WORKFLOW_UNKNOWN: errorTable.AF_WORKFLOW_UNKNOWN,
      AF_WORKFLOW_INPUT_INVALID: errorTable.AF_WORKFLOW_INPUT_INVALID,
      AF_ROUTER_UNKNOWN: errorTable.AF_ROUTER_UNKNOWN,
      AF_RUN_INPUT_INVALID: errorTable.AF_RUN_INPUT_INVALID,
      AF_RUN_LIMIT_INVALID: errorTable.AF_RUN_LIMIT_INVALID,
      AF_QUOTA_EXCEEDED: quotaErrorTable.AF_QUOTA_EXCEEDED,
      AF_QUOTA_BUSY: quotaErrorTable.AF_QUOTA_BUSY,
    },
    rate: 'run',
    handler: async ({ body, query, headers, signal, principal, trace }) => {
      const runs = runtime.tenant(principal.tenant);
      const request = requestFrom(body as JsonObject, headers['idempotency-key'], principal); // an object, as its schema says
      const run = await runs.start({ ...request, ...(trace && { trace }) });
      if (query['wait'] !== true) return { status: 202, body: jsonOf(run) };
      return { status: 200, body: jsonOf(await runs.wait(run.id, { signal })) };
    },
  };
}

function requestFrom(body: JsonObject, header: string | undefined, principal: Principal): RunRequest {
  const request = body as unknown as RunRequest; // checked against runRequestSchema
  const key = ownKey(principal, request.idempotencyKey ?? header);
  return key === undefined ? request : { ...request, idempotencyKey: key };
}
