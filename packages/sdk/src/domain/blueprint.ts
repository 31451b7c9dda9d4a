import type { JsonObject, JsonSchema } from '../json.ts';
import { agentSchema, type AgentDefinition } from './agent.ts';
import { evaluationSuiteSchema, type EvaluationSuite } from './evaluation-suite.ts';
import { nameSchema, versionSchema } from './expression.ts';
import { knowledgeBaseSchema, type KnowledgeBase } from './knowledge-pack.ts';
import { routerSchema, type Router } from './router.ts';
import type { Workflow } from './workflow.ts';
import { workflowSchema } from './workflow-schema.ts';

/** Tools made of data: what is registered, as `agent-factory tool kinds` tells. */
export interface BlueprintTools {
  /** Lower-case letters, digits, `_` and `-`, at most 40; tool names begin with it. */
  readonly name: string;
  /** How tools are made of it: `openapi`, `http`, `mcp`. */
  readonly kind: string;
  readonly spec: JsonObject;
}

/** A bundle of definitions that belong together, with what they need to run; data and no code. */
export interface Blueprint {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** Plugins that must be active: id to semver range. */
  readonly plugins?: Readonly<Record<string, string>>;
  /**
   * JSON Schema of what is asked when the blueprint is installed; an object schema, with defaults. `${param:name}` in
   * a text of a definition stands for the value, and `param.name` in an expression.
   */
  readonly parameters?: JsonSchema;
  readonly agents?: readonly AgentDefinition[];
  readonly workflows?: readonly Workflow[];
  readonly routers?: readonly Router[];
  /** Tools it brings. Those of plugins are only named by its agents and workflows. */
  readonly tools?: readonly BlueprintTools[];
  /** Folders are the blueprint's own: their documents are given to the base when it is installed. */
  readonly knowledge?: readonly KnowledgeBase[];
  readonly evaluations?: readonly EvaluationSuite[];
}

/** JSON Schema of {@link BlueprintTools}. */
export const blueprintToolsSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,39}$' },
    kind: nameSchema,
    spec: { type: 'object' },
  },
  required: ['name', 'kind', 'spec'],
  additionalProperties: false,
};

/** JSON Schema of {@link Blueprint}. */
export const blueprintSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    version: versionSchema,
    description: { type: 'string' },
    plugins: {
      type: 'object',
      propertyNames: nameSchema,
      additionalProperties: { type: 'string', minLength: 1 },
    },
    parameters: { type: 'object' },
    agents: { type: 'array', items: agentSchema },
    workflows: { type: 'array', items: workflowSchema },
    routers: { type: 'array', items: routerSchema },
    tools: { type: 'array', items: blueprintToolsSchema },
    knowledge: { type: 'array', items: knowledgeBaseSchema },
    evaluations: { type: 'array', items: evaluationSuiteSchema },
  },
  required: ['name', 'version'],
  additionalProperties: false,
};
