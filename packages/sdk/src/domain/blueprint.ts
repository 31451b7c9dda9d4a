import type { JsonSchema } from '../json.ts';
import { agentSchema, type AgentDefinition } from './agent.ts';
import { nameSchema, versionSchema } from './expression.ts';
import { knowledgePackSchema, type KnowledgePack } from './knowledge-pack.ts';
import { routerSchema, type Router } from './router.ts';
import { toolSchema, type ToolDefinition } from './tool.ts';
import type { Workflow } from './workflow.ts';
import { workflowSchema } from './workflow-schema.ts';

/** A bundle of definitions that belong together, with what they need to run; data and no code. */
export interface Blueprint {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** Plugins that must be active: id to semver range. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** JSON Schema of what is asked when the blueprint is set up; an object schema, with defaults. */
  readonly parameters?: JsonSchema;
  readonly agents?: readonly AgentDefinition[];
  /** Tools the bundle relies on, as its plugins must offer them. */
  readonly tools?: readonly ToolDefinition[];
  readonly workflows?: readonly Workflow[];
  readonly routers?: readonly Router[];
  readonly knowledge?: readonly KnowledgePack[];
}

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
    tools: { type: 'array', items: toolSchema },
    workflows: { type: 'array', items: workflowSchema },
    routers: { type: 'array', items: routerSchema },
    knowledge: { type: 'array', items: knowledgePackSchema },
  },
  required: ['name', 'version'],
  additionalProperties: false,
};
