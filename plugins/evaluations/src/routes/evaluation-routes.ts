import {
  checkAccess,
  evaluationErrorTable as errorTable,
  type EvaluationQuery,
  type EvaluationRequest,
  type Evaluations,
  type HttpRequest,
  type HttpRoute,
  type TenantEvaluations,
} from '@agent-factory/sdk/contracts';
import {
  comparisonResponse,
  detailsResponse,
  evaluationResponse,
  evaluationsResponse,
  idParams,
  startSchema,
} from './evaluation-schemas.ts';
import { jsonOf } from './json-of.ts';
import { object } from './json-schemas.ts';

const unknown = { AF_EVALUATION_UNKNOWN: errorTable.AF_EVALUATION_UNKNOWN };
const read = { tag: 'Evaluations', permission: 'evaluations:read', rate: 'read' } as const;
const one = '/api/v1/evaluations/{id}';

/** Routes under `/api/v1/evaluations`. */
export function evaluationRoutes(evaluations: Evaluations): readonly HttpRoute[] {
  const of = ({ principal }: HttpRequest): TenantEvaluations => evaluations.tenant(principal.tenant);
  const idOf = ({ params }: HttpRequest): string => params['id'] ?? '';
  return [
    {
      ...read,
      method: 'GET',
      path: '/api/v1/evaluations',
      operationId: 'listEvaluations',
      summary: 'List evaluations, newest first.',
      query: object(
        {
          suite: { type: 'string', description: 'Only those of this suite.' },
          limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
          after: { type: 'string', description: '`next` of the page before.' },
        },
        [],
      ),
      responses: { 200: evaluationsResponse },
      errors: { AF_EVALUATION_QUERY_INVALID: errorTable.AF_EVALUATION_QUERY_INVALID },
      handler: async (request) => {
        const query = request.query as EvaluationQuery; // as its schema says
        return { body: jsonOf(await of(request).list(query)) };
      },
    },
    startEvaluation(of),
    {
      ...read,
      method: 'GET',
      path: one,
      operationId: 'getEvaluation',
      summary: 'Read one evaluation with its runs.',
      description: 'With `wait=true` once it has ended.',
      params: idParams,
      query: object(
        { wait: { type: 'boolean', default: false, description: 'Answer only once it has ended.' } },
        [],
      ),
      responses: { 200: detailsResponse },
      errors: unknown,
      handler: async (request) => {
        const { signal, query } = request;
        const found =
          query['wait'] === true
            ? of(request).wait(idOf(request), { signal })
            : of(request).get(idOf(request));
        return { body: jsonOf(await found) };
      },
    },
    {
      ...read,
      method: 'GET',
      path: `${one}/compare`,
      operationId: 'compareEvaluations',
      summary: 'Compare two evaluations of one suite: what this one made better or worse.',
      params: idParams,
      query: object({ with: { type: 'string', description: 'Id of the evaluation before.' } }),
      responses: { 200: comparisonResponse },
      errors: {
        ...unknown,
        AF_EVALUATION_RUNNING: errorTable.AF_EVALUATION_RUNNING,
        AF_EVALUATIONS_DIFFER: errorTable.AF_EVALUATIONS_DIFFER,
      },
      handler: async (request) => {
        const before = request.query['with'] as string; // as its schema says
        return { body: jsonOf(await of(request).compare(before, idOf(request))) };
      },
    },
    {
      tag: 'Evaluations',
      permission: 'evaluations:write',
      rate: 'write',
      method: 'POST',
      path: `${one}/cancel`,
      operationId: 'cancelEvaluation',
      summary: 'End an evaluation and the runs that are under way.',
      params: idParams,
      responses: { 200: evaluationResponse('The evaluation; one that had ended is as it was.') },
      errors: unknown,
      handler: async (request) => ({ body: jsonOf(await of(request).cancel(idOf(request))) }),
    },
  ];
}

function startEvaluation(of: (request: HttpRequest) => TenantEvaluations): HttpRoute {
  return {
    tag: 'Evaluations',
    permission: 'evaluations:write',
    rate: 'run',
    method: 'POST',
    path: '/api/v1/evaluations',
    operationId: 'startEvaluation',
    summary: 'Evaluate a suite.',
    description:
      'Answers at once; the evaluation goes on by itself. Needs the permission `runs:write` as well.',
    body: startSchema,
    bodyExample: { suite: 'answers', repetitions: 3 },
    responses: { 202: evaluationResponse('The evaluation was accepted.') },
    errors: {
      AF_EVALUATION_INVALID: errorTable.AF_EVALUATION_INVALID,
      AF_EVALUATION_SUITE_UNKNOWN: errorTable.AF_EVALUATION_SUITE_UNKNOWN,
      AF_EVALUATION_SUITE_INVALID: errorTable.AF_EVALUATION_SUITE_INVALID,
      AF_EVALUATION_SUITE_AMBIGUOUS: errorTable.AF_EVALUATION_SUITE_AMBIGUOUS,
    },
    handler: async (request) => {
      const { principal, body } = request;
      checkAccess(principal, 'runs:write');
      const wish = body as unknown as EvaluationRequest; // as its schema says
      return { status: 202, body: jsonOf(await of(request).start({ ...wish, by: principal.id })) };
    },
  };
}
