import type { Json, JsonSchema } from '@agent-factory/sdk';
import {
  allows,
  type AgentRuntime,
  type DefinitionKind,
  type HttpRoute,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from './errors.ts';
import { openaiError } from './error-body.ts';

/** What a model's name stands for. */
export interface ModelTarget {
  readonly kind: DefinitionKind;
  readonly name: string;
}

const prefixes: Readonly<Record<DefinitionKind, string>> = {
  agent: '',
  router: 'routers/',
  workflow: 'workflows/',
};

/** The agent, router or workflow that a model's name stands for. Whether there is one is found out by who asks. */
export function targetOfModel(model: string): ModelTarget {
  for (const kind of ['router', 'workflow'] as const)
    if (model.startsWith(prefixes[kind])) return { kind, name: model.slice(prefixes[kind].length) };
  return { kind: 'agent', name: model };
}

const modelSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    object: { const: 'model' },
    created: { type: 'integer' },
    owned_by: { type: 'string' },
    description: { type: 'string' },
  },
  required: ['id', 'object', 'created', 'owned_by'],
  additionalProperties: false,
};
const example = {
  id: 'guide',
  object: 'model',
  created: 0,
  owned_by: 'default',
  description: 'Answers questions about the documents.',
};

/** The routes that list models. */
export function modelRoutes(runtime: AgentRuntime): readonly HttpRoute[] {
  const shared = {
    method: 'GET',
    tag: 'OpenAI-compatible',
    permission: 'agents:read',
    rate: 'read',
    problemBody: openaiError,
  } as const;

  const list = async (principal: Principal): Promise<readonly (typeof example)[]> => {
    const { definitions } = runtime.tenant(principal.tenant);
    const kinds = (['agent', 'router', 'workflow'] as const).filter((kind) =>
      allows(principal, `${kind}s:read`),
    );
    const found = await Promise.all(kinds.map((kind) => definitions.list(kind)));
    return found.flat().map(({ kind, name, source, definition }) => ({
      id: `${prefixes[kind]}${name}`,
      object: 'model',
      // Definitions of files have no time of their own.
      created: 0,
      owned_by: source === 'platform' ? 'platform' : principal.tenant,
      description: (definition as { readonly description?: string }).description ?? '', // each kind may have one
    }));
  };

  return [
    {
      ...shared,
      path: '/v1/models',
      operationId: 'listOpenaiModels',
      summary: 'List agents, routers and workflows as models.',
      responses: {
        200: {
          description: 'The models.',
          schema: {
            type: 'object',
            properties: { object: { const: 'list' }, data: { type: 'array', items: modelSchema } },
            required: ['object', 'data'],
            additionalProperties: false,
          },
          example: { object: 'list', data: [example] },
        },
      },
      handler: async ({ principal }) => ({
        body: { object: 'list', data: (await list(principal)) as unknown as Json }, // plain data
      }),
    },
    {
      ...shared,
      path: '/v1/models/{model}',
      operationId: 'getOpenaiModel',
      summary: 'One of them.',
      params: {
        type: 'object',
        properties: { model: { type: 'string', minLength: 1, maxLength: 80 } },
        required: ['model'],
        additionalProperties: false,
      },
      responses: { 200: { description: 'The model.', schema: modelSchema, example } },
      errors: { AF_OPENAI_MODEL_UNKNOWN: errorTable.AF_OPENAI_MODEL_UNKNOWN },
      handler: async ({ principal, params: { model = '' } }) => {
        const found = (await list(principal)).find(({ id }) => id === model);
        if (!found) throw errors.AF_OPENAI_MODEL_UNKNOWN({ model });
        return { body: found };
      },
    },
  ];
}
