import type { Json, JsonSchema } from '../json.ts';
import { runLimitsSchema, type RunLimits } from './agent.ts';
import {
  conditionSchema,
  evaluatorSchema,
  inputMappingSchema,
  nameSchema,
  versionSchema,
  type InputMapping,
} from './expression.ts';

/** A way along which one agent hands over to another. */
export interface RouterEdge {
  /** Name of the agent that takes over. */
  readonly target: string;
  /** Taken only when it holds; what the evaluator understands. Default: always. */
  readonly condition?: Json;
  /** Higher is looked at first; equal ones in the order written. Default 0. */
  readonly priority?: number;
  /**
   * What the next agent is given; one of `message` alone is its question, any other is given as JSON. Default: what
   * the first was asked.
   */
  readonly input?: InputMapping;
}

/**
 * A graph of agents: who answers first, and who takes over when. After each answer the ways out of its agent are looked
 * at; when none is taken, the answer is the result. Conditions know `input`, what was asked; `output`, the answer;
 * `outputs`, the last answer of each agent so far; `agent`, who gave it; and `hops`, the hand-overs so far.
 */
export interface Router {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** Name of the evaluator that decides the conditions. Default `cel`. */
  readonly evaluator?: string;
  /** Name of the agent that answers first. */
  readonly entry: string;
  /** Each agent of the graph, by name, with the ways out of it; an agent without any is an end. */
  readonly agents: Readonly<Record<string, readonly RouterEdge[]>>;
  /** Hand-overs in one run, so that a circle ends. Default 16. */
  readonly maxHops?: number;
  /** Of all its agents together. Default 48 turns, 256 tool calls, 900,000 ms. */
  readonly limits?: RunLimits;
}

/** JSON Schema of {@link Router}. What it cannot say, `routerProblems` finds. */
export const routerSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    version: versionSchema,
    description: { type: 'string' },
    evaluator: evaluatorSchema,
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
            condition: conditionSchema,
            priority: { type: 'integer' },
            input: inputMappingSchema,
          },
          required: ['target'],
          additionalProperties: false,
        },
      },
    },
    maxHops: { type: 'integer', minimum: 1, maximum: 1000 },
    limits: runLimitsSchema,
  },
  required: ['name', 'version', 'entry', 'agents'],
  additionalProperties: false,
};
