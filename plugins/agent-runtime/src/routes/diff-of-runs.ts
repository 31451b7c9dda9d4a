import { eventsOfRun, type HttpRoute, type Journal } from '@agent-factory/sdk/contracts';
import { diffRuns, runDiffText, type RunEvent } from '@agent-factory/sdk/domain';
import { errorTable } from '../errors.ts';
import { runOf } from '../run/run-wait.ts';
import { jsonOf } from './answer.ts';

/** Compares two runs. */
export function diffOfRuns(journal: Journal): HttpRoute {
  const run = (which: string): object => ({
    type: 'string',
    minLength: 1,
    maxLength: 64,
    description: `Id of the ${which} run.`,
  });
  return {
    method: 'GET',
    path: '/api/v1/runs/diff',
    operationId: 'diffRuns',
    summary: 'Compare two runs: what they did, said, cost and how long they took.',
    tag: 'Runs',
    permission: 'runs:read',
    query: {
      type: 'object',
      properties: {
        left: run('first'),
        right: run('second'),
        format: { enum: ['data', 'text'], default: 'data', description: 'For programs, or for people.' },
      },
      required: ['left', 'right'],
      additionalProperties: false,
    },
    responses: {
      200: {
        description: 'The difference; with `format=text` as `text` alone.',
        schema: {
          type: 'object',
          properties: {
            left: { type: 'object' },
            right: { type: 'object' },
            isSame: { type: 'boolean' },
            steps: { type: 'array', items: { type: 'object' } },
            input: { type: 'array', items: { type: 'object' } },
            output: { type: 'array', items: { type: 'object' } },
            more: { type: 'object' },
            text: { type: 'string' },
          },
          additionalProperties: false,
        },
        example: { text: '- run_a agent/guide succeeded, 2 turns\n+ run_b agent/guide succeeded, 2 turns' },
      },
    },
    errors: { AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND },
    rate: 'read',
    async handler({ query, principal }) {
      const runs = journal.tenant(principal.tenant);
      const read = async (id: string): Promise<readonly RunEvent[]> => {
        await runOf(runs, id);
        return eventsOfRun(runs, id);
      };
      // Both are text, as the schema says.
      const [left, right] = await Promise.all([
        read(query['left'] as string),
        read(query['right'] as string),
      ]);
      const diff = diffRuns(left, right);
      return { body: query['format'] === 'text' ? { text: runDiffText(diff) } : jsonOf(diff) };
    },
  };
}
