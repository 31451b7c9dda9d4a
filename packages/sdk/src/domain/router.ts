import type { JsonSchema } from '../json.ts';
import {
  expressionSchema,
  inputMappingSchema,
  nameSchema,
  versionSchema,
  type Expression,
  type InputMapping,
} from './expression.ts';

/** A way along which one agent hands over to another. */
export interface RouterEdge {
  /** Name of the agent that takes over. */
  readonly target: string;
  /** Taken only when it holds. Default: always. */
  readonly condition?: Expression;
  /** Higher is looked at first; equal ones in the order written. Default 0. */
  readonly priority?: number;
  /** What the next agent is given. Default: the conversation as it stands. */
  readonly input?: InputMapping;
}

/** A graph of agents: who answers first, and who takes over when. */
export interface Router {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** Name of the evaluator that decides the conditions, `cel` for example. */
  readonly evaluator: string;
  /** Name of the agent that answers first. */
  readonly entry: string;
  /** Each agent of the graph, by name, with the ways out of it; an agent without any is an end. */
  readonly agents: Readonly<Record<string, readonly RouterEdge[]>>;
  /** Hand-overs in one run, so that a circle ends. Default 16. */
  readonly maxHops?: number;
}

/** JSON Schema of {@link Router}. That each target is in `agents` is not a matter of the schema. */
export const routerSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    version: versionSchema,
    description: { type: 'string' },
    evaluator: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
    entry: nameSchema,
    agents: {
      type: 'object',
      minProperties: 1,
      propertyNames: nameSchema,
      additionalProperties: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            target: nameSchema,
            condition: expressionSchema,
            priority: { type: 'integer' },
            input: inputMappingSchema,
          },
          required: ['target'],
          additionalProperties: false,
        },
      },
    },
    maxHops: { type: 'integer', minimum: 1, maximum: 1000 },
  },
  required: ['name', 'version', 'evaluator', 'entry', 'agents'],
  additionalProperties: false,
};
