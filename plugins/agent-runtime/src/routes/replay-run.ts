import type { JsonSchema } from '@agent-factory/sdk';
import type { HttpRoute, RunReplay } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { runParams } from './route-schemas.ts';

const count: JsonSchema = { type: 'integer', minimum: 0 };

const reportSchema: JsonSchema = {
  type: 'object',
  properties: {
    runId: { type: 'string' },
    status: { enum: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] },
    events: { ...count, description: 'Events that came out equal, times aside.' },
    reordered: { ...count, description: 'Of things done at the same time, those that came out earlier.' },
    children: { type: 'array', items: { type: 'object' }, description: 'The runs it started, replayed too.' },
  },
  required: ['runId', 'status', 'events', 'reordered', 'children'],
  additionalProperties: false,
};

/** Executes a run again against its journal. */
export function replayRun(replay: RunReplay): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/runs/{id}/replay',
    operationId: 'replayRun',
    summary: 'Execute a run again against its journal, and check that the same comes out.',
    description:
      'No model, tool or memory is asked, and nothing is written. A difference is an error with both sides; the runs ' +
      'it started are replayed too.',
    tag: 'Runs',
    permission: 'runs:replay',
    params: runParams,
    responses: {
      200: {
        description: 'Every event came out equal.',
        schema: reportSchema,
        example: {
          runId: 'run_0mi9k2x5w4f1c8a7b6d5e4f30',
          status: 'succeeded',
          events: 9,
          reordered: 0,
          children: [],
        },
      },
    },
    errors: {
      AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND,
      AF_RUN_DEFINITION_LOST: errorTable.AF_RUN_DEFINITION_LOST,
      AF_REPLAY_MISMATCH: errorTable.AF_REPLAY_MISMATCH,
      AF_REPLAY_TAMPERED: errorTable.AF_REPLAY_TAMPERED,
      AF_REPLAY_TOO_LONG: errorTable.AF_REPLAY_TOO_LONG,
      AF_REPLAY_ABORTED: errorTable.AF_REPLAY_ABORTED,
    },
    rate: 'run',
    handler: async ({ params, principal, signal }) => ({
      body: jsonOf(await replay.tenant(principal.tenant).replay(params['id'] ?? '', { signal })),
    }),
  };
}
