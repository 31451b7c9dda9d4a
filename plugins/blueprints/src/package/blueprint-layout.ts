import type { JsonSchema } from '@agent-factory/sdk';
import {
  agentSchema,
  blueprintToolsSchema,
  evaluationSuiteSchema,
  knowledgeBaseSchema,
  routerSchema,
  workflowSchema,
} from '@agent-factory/sdk/domain';

/** What a blueprint can hold, each in a folder of its own. */
export type FolderPart = 'agent' | 'workflow' | 'router' | 'tool' | 'knowledge' | 'evaluation';

/** Where each kind of part lies. */
export const folders: Readonly<Record<FolderPart, string>> = {
  agent: 'agents',
  workflow: 'workflows',
  router: 'routers',
  tool: 'tools',
  knowledge: 'knowledge',
  evaluation: 'evaluations',
};

/** What each has to be. */
export const schemas: Readonly<Record<FolderPart, JsonSchema>> = {
  agent: agentSchema,
  workflow: workflowSchema,
  router: routerSchema,
  tool: blueprintToolsSchema,
  knowledge: knowledgeBaseSchema,
  evaluation: evaluationSuiteSchema,
};

const plain = /^[a-z][a-z0-9-]{0,63}$/;

/** What each may be called. */
export const namePatterns: Readonly<Record<FolderPart, RegExp>> = {
  agent: plain,
  workflow: plain,
  router: plain,
  tool: /^[a-z][a-z0-9_-]{0,39}$/,
  knowledge: plain,
  evaluation: plain,
};

/** What `blueprint.yaml` says. Name, version and needed plugins stand in package.json. */
export interface Head {
  readonly description?: string;
  readonly parameters?: JsonSchema;
}

/** JSON Schema of {@link Head}. */
export const headSchema: JsonSchema = {
  type: 'object',
  properties: {
    description: { type: 'string' },
    parameters: { type: 'object' },
  },
  additionalProperties: false,
};
