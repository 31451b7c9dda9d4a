import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  builderRoles,
  conditionOf,
  entityTag,
  evaluationErrorTable as errorTable,
  preconditionErrorTable,
  readerRoles,
  type Evaluations,
  type HttpReply,
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
const putErrors = { ...fixed, AF_EVALUATION_SUITE_INVALID: errorTable.AF_EVALUATION_SUITE_INVALID };

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
  const put = async (request: HttpRequest, suite: Json): Promise<HttpReply> => {
    const kept = await of(request).putSuite(suite, conditionOf(request, jsonOf));
    return { body: jsonOf({ ...kept, problems: [] }) };
  };
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
      handler: async (request) => {
        const found = await of(request).suite(request.params['name'] ?? '');
        // What keeps it from being evaluated here comes and goes with other things.
        return { headers: { etag: entityTag(JSON.stringify(found.suite)) }, body: jsonOf(found) };
      },
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
      errors: putErrors,
      handler: (request) => put(request, request.body),
    },
    {
      ...one,
      method: 'PUT',
      operationId: 'replaceEvaluationSuite',
      preconditions: true,
      summary: 'Keep an evaluation suite of the tenant under this name.',
      permission: 'evaluations:write',
      rate: 'write',
      body: evaluationSuiteSchema,
      bodyExample: exampleSuite,
      responses: { 200: { ...suiteResponse, description: 'As it is kept.' } },
      errors: { ...putErrors, ...preconditionErrorTable },
      handler: (request) =>
        put(request, { ...(request.body as JsonObject), name: request.params['name'] ?? '' }), // as its schema says
    },
    {
      ...one,
      method: 'DELETE',
      operationId: 'removeEvaluationSuite',
      preconditions: true,
      summary: 'Forget an evaluation suite of the tenant. Evaluations of it stay.',
      permission: 'evaluations:write',
      rate: 'write',
      responses: { 200: removedResponse },
      errors: { ...fixed, ...unknown, ...preconditionErrorTable },
      handler: async (request) => {
        await of(request).removeSuite(request.params['name'] ?? '', conditionOf(request, jsonOf));
        return { body: { removed: true } };
      },
    },
  ];
}
