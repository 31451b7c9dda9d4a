import {
  builderRoles,
  evaluationErrorTable as errorTable,
  readerRoles,
  type Evaluations,
  type HttpRequest,
  type HttpRoute,
  type Permission,
  type TenantEvaluations,
} from '@agent-factory/sdk/contracts';
import { evaluationSuiteSchema } from '@agent-factory/sdk/domain';
import { jsonOf } from './json-of.ts';
import {
  exampleSuite,
  removedResponse,
  suiteParams,
  suiteResponse,
  suitesResponse,
} from './suite-schemas.ts';

const unknown = { AF_EVALUATION_SUITE_UNKNOWN: errorTable.AF_EVALUATION_SUITE_UNKNOWN };
const fixed = { AF_EVALUATION_SUITE_FIXED: errorTable.AF_EVALUATION_SUITE_FIXED };

/** What the routes of evaluations ask for. */
export const evaluationPermissions: readonly Permission[] = [
  {
    name: 'evaluations:read',
    description: 'Look at evaluation suites and evaluations.',
    roles: [...readerRoles, 'service'],
  },
  {
    name: 'evaluations:write',
    description: 'Change evaluation suites, start evaluations and cancel them.',
    roles: [...builderRoles, 'service'],
  },
];

/** Routes under `/api/v1/evaluation-suites`. */
export function suiteRoutes(evaluations: Evaluations): readonly HttpRoute[] {
  const of = ({ principal }: HttpRequest): TenantEvaluations => evaluations.tenant(principal.tenant);
  const one = {
    tag: 'Evaluations',
    path: '/api/v1/evaluation-suites/{name}',
    params: suiteParams,
  } as const;
  return [
    {
      tag: 'Evaluations',
      method: 'GET',
      path: '/api/v1/evaluation-suites',
      operationId: 'listEvaluationSuites',
      summary: 'List the evaluation suites of the tenant and of its installed blueprints.',
      permission: 'evaluations:read',
      rate: 'read',
      responses: { 200: suitesResponse },
      handler: async (request) => ({ body: jsonOf({ suites: await of(request).suites() }) }),
    },
    {
      ...one,
      method: 'GET',
      operationId: 'getEvaluationSuite',
      summary: 'Read one evaluation suite, and what keeps it from being evaluated here.',
      permission: 'evaluations:read',
      rate: 'read',
      responses: { 200: suiteResponse },
      errors: { ...unknown, AF_EVALUATION_SUITE_AMBIGUOUS: errorTable.AF_EVALUATION_SUITE_AMBIGUOUS },
      handler: async (request) => ({ body: jsonOf(await of(request).suite(request.params['name'] ?? '')) }),
    },
    {
      tag: 'Evaluations',
      method: 'POST',
      path: '/api/v1/evaluation-suites',
      operationId: 'putEvaluationSuite',
      summary: 'Keep an evaluation suite of the tenant, in place of the one of its name.',
      permission: 'evaluations:write',
      rate: 'write',
      body: evaluationSuiteSchema,
      bodyExample: exampleSuite,
      responses: { 200: { ...suiteResponse, description: 'As it is kept.' } },
      errors: { ...fixed, AF_EVALUATION_SUITE_INVALID: errorTable.AF_EVALUATION_SUITE_INVALID },
      handler: async (request) => ({
        body: jsonOf({ ...(await of(request).putSuite(request.body)), problems: [] }),
      }),
    },
    {
      ...one,
      method: 'DELETE',
      operationId: 'removeEvaluationSuite',
      summary: 'Forget an evaluation suite of the tenant. Evaluations of it stay.',
      permission: 'evaluations:write',
      rate: 'write',
      responses: { 200: removedResponse },
      errors: { ...fixed, ...unknown },
      handler: async (request) => {
        await of(request).removeSuite(request.params['name'] ?? '');
        return { body: { removed: true } };
      },
    },
  ];
}
