import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import {
  eventsOfRun,
  checkAccess,
  quotaErrorTable,
  type ForkRequest,
  type HttpRoute,
  type Journal,
  type Principal,
  type RunReplay,
} from '@agent-factory/sdk/contracts';
import { runLimitsSchema, runSchema } from '@agent-factory/sdk/domain';
import { errorTable } from '../errors.ts';
import { sharedAnswers } from '../fork/shared-answers.ts';
import { jsonOf } from './answer.ts';
import { ownKey } from './own-key.ts';
import { runParams, shownRun } from './route-schemas.ts';

const name: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };
const source: JsonSchema = { enum: ['live', 'recorded'], default: 'live' };

/** Body of the request that forks a run. */
const forkRequestSchema: JsonSchema = {
  type: 'object',
  properties: {
    seq: {
      type: 'integer',
      minimum: 2,
      description:
        'Number of the first event that is to happen anew. Default: the first that a change affects.',
    },
    overrides: {
      type: 'object',
      properties: {
        model: { anyOf: [name, { type: 'array', items: name, minItems: 1, maxItems: 10 }] },
        instructions: { type: 'string', minLength: 1, maxLength: 100_000 },
        tools: { type: 'array', items: name, maxItems: 200 },
        input: {},
        limits: runLimitsSchema,
      },
      additionalProperties: false,
      description: 'What is different.',
    },
    models: { ...source, description: '`recorded`: each question gets the recorded answer of its turn.' },
    tools: { ...source, description: '`recorded`: a call gets the recorded result for the same input.' },
    idempotencyKey: { type: 'string', minLength: 1, maxLength: 255 },
  },
  additionalProperties: false,
};

/** Whoever goes on from behind an approval, with what it allowed, must be one who may give it. */
async function checkAnswers(
  principal: Principal,
  journal: Journal,
  runId: string,
  request: ForkRequest,
): Promise<void> {
  const events = await eventsOfRun(journal.tenant(principal.tenant), runId);
  for (const { permission } of sharedAnswers(events, request)) {
    checkAccess(principal, 'runs:approve', `runs/${runId}`);
    if (permission !== undefined) checkAccess(principal, permission, `runs/${runId}`);
  }
}

/** Goes on with a run in another way, as a new one. */
export function forkRun(replay: RunReplay, journal: Journal): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/fork',
    operationId: 'forkRun',
    summary: 'Start a new run that shares the beginning of this one and goes on with changes.',
    description:
      'Answers at once with the new run, and says from which event on things happen anew. The header ' +
      '`Idempotency-Key` stands for `idempotencyKey`. Another model, other instructions or tools make another agent, ' +
      'which needs the permission `agents:write` too. A call that is made anew is approved anew. What a person ' +
      'allowed the run beside single calls, as in an approval step of a workflow, holds for the fork too; that needs ' +
      'the permission `runs:approve`, and the one the question names.',
    tag: 'Runs',
    permission: 'runs:write',
    params: runParams,
    body: forkRequestSchema,
    bodyExample: { overrides: { model: 'openai/gpt-5-mini' } },
    responses: {
      202: {
        description: 'The fork was accepted.',
        schema: {
          type: 'object',
          properties: {
            run: runSchema,
            from: { type: 'integer', minimum: 2, description: 'The first event that is not shared.' },
            step: { type: 'string', description: 'Its type.' },
            reason: { type: 'string' },
          },
          required: ['run', 'from', 'step', 'reason'],
          additionalProperties: false,
        },
        example: {
          run: shownRun,
          from: 3,
          step: 'model.requested',
          reason: 'It is the first question to the model after the agent was changed.',
        },
      },
    },
    errors: {
      AF_QUOTA_EXCEEDED: quotaErrorTable.AF_QUOTA_EXCEEDED,
      AF_QUOTA_BUSY: quotaErrorTable.AF_QUOTA_BUSY,
      AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND,
      AF_FORK_INVALID: errorTable.AF_FORK_INVALID,
      AF_AGENT_NO_MODEL: errorTable.AF_AGENT_NO_MODEL,
      AF_RUN_INPUT_INVALID: errorTable.AF_RUN_INPUT_INVALID,
      AF_RUN_LIMIT_INVALID: errorTable.AF_RUN_LIMIT_INVALID,
      AF_WORKFLOW_INPUT_INVALID: errorTable.AF_WORKFLOW_INPUT_INVALID,
    },
    rate: 'run',
    async handler({ params, body, headers, principal }) {
      const request = body as JsonObject & ForkRequest; // checked against its schema
      const id = params['id'] ?? '';
      const { model, instructions, tools } = request.overrides ?? {};
      if (model !== undefined || instructions !== undefined || tools !== undefined)
        checkAccess(principal, 'agents:write');
      await checkAnswers(principal, journal, id, request);
      const key = ownKey(principal, request.idempotencyKey ?? headers['idempotency-key']);
      const forked = await replay
        .tenant(principal.tenant)
        .fork(id, key === undefined ? request : { ...request, idempotencyKey: key });
      return { status: 202, body: jsonOf(forked) };
    },
  };
}
