import type { Json, JsonObject, JsonSchema } from '../json.ts';
import { nameSchema, versionSchema } from './expression.ts';

/** One thing to try, and what is expected of the answer. */
export interface EvaluationCase {
  /** Unique in its suite. */
  readonly name: string;
  /** What is run is given this: a question, or what a workflow's input schema wants. */
  readonly input: Json;
  /** The answer that is right, where there is one. */
  readonly expected?: Json;
  /** More for scorers, which they take by name. */
  readonly metadata?: JsonObject;
}

/** How answers are judged; which scorers there are, and what they may be told, plugins say. */
export interface EvaluationScorer {
  readonly use: string;
  /** What its scores are called; unique in its suite. Default: what is used. */
  readonly name?: string;
  readonly config?: JsonObject;
  /** Lowest mean score, from 0 to 1, with which the suite passes. Default: none is asked for. */
  readonly threshold?: number;
}

/** Cases to try an agent, a router or a workflow with, as data. */
export interface EvaluationSuite {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** What is tried. */
  readonly target: { readonly kind: 'agent' | 'router' | 'workflow'; readonly name: string };
  readonly cases: readonly EvaluationCase[];
  readonly scorers?: readonly EvaluationScorer[];
}

/** JSON Schema of {@link EvaluationSuite}. */
export const evaluationSuiteSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    version: versionSchema,
    description: { type: 'string' },
    target: {
      type: 'object',
      properties: { kind: { enum: ['agent', 'router', 'workflow'] }, name: nameSchema },
      required: ['kind', 'name'],
      additionalProperties: false,
    },
    cases: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', minLength: 1 },
          input: {},
          expected: {},
          metadata: { type: 'object' },
        },
        required: ['name', 'input'],
        additionalProperties: false,
      },
    },
    scorers: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          use: nameSchema,
          name: nameSchema,
          config: { type: 'object' },
          threshold: { type: 'number', minimum: 0, maximum: 1 },
        },
        required: ['use'],
        additionalProperties: false,
      },
    },
  },
  required: ['name', 'version', 'target', 'cases'],
  additionalProperties: false,
};
