import type { Json, JsonSchema, Validator } from '@agent-factory/sdk';
import { invalidCondition, type ConditionTypes } from '@agent-factory/sdk/contracts';
import type { RoutingLlmConfig } from './config.ts';

/** Name of the evaluator. */
export const evaluator = 'llm';

/** A condition in full; a text alone is its `when`. */
interface LlmCondition {
  /** When it holds, in words: "The customer wants money back". */
  readonly when?: string;
  /** In place of `when`: what the answer may be, each label with when it fits. For values, not for true or false. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The label when none fits, or the model is not sure. Default null. */
  readonly fallback?: string;
  /** Names of the variables that the model is shown. Default all. */
  readonly about?: readonly string[];
  /** `provider/model`. Default: as configured. */
  readonly model?: string;
  /** Default: as configured. */
  readonly minConfidence?: number;
}

const words: JsonSchema = { type: 'string', minLength: 3, maxLength: 1000, pattern: '\\S' };

/** JSON Schema of a condition. */
export const llmConditionSchema: JsonSchema = {
  anyOf: [
    words,
    {
      type: 'object',
      properties: {
        when: words,
        labels: {
          type: 'object',
          propertyNames: { type: 'string', minLength: 1, maxLength: 64 },
          additionalProperties: words,
          minProperties: 2,
          maxProperties: 50,
        },
        fallback: { type: 'string' },
        about: { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
        model: { type: 'string', pattern: '^[a-z][a-z0-9-]*/.+$' },
        minConfidence: { type: 'number', minimum: 0, maximum: 1 },
      },
      additionalProperties: false,
      oneOf: [{ required: ['when'] }, { required: ['labels'] }],
    },
  ],
};

/** A condition, checked, with everything filled in. */
export interface ReadCondition extends LlmCondition {
  readonly about: readonly string[];
  readonly model: string;
  readonly minConfidence: number;
}

/** Checks a condition and fills in what is configured; AF_CONDITION_INVALID where it is wrong. */
export function readCondition(
  condition: Json,
  types: ConditionTypes,
  config: RoutingLlmConfig,
  check: Validator,
): ReadCondition {
  const [problem] = check(condition);
  if (problem)
    throw invalidCondition(
      evaluator,
      problem.path,
      problem.message.replace(/\.$/, ''),
      problem.fix ?? 'Say in words when it holds.',
    );
  const given = (typeof condition === 'string' ? { when: condition } : condition) as LlmCondition; // as its schema says
  const names = Object.keys(types.variables);
  const about = given.about ?? names;
  const unknown = about.findIndex((name) => !names.includes(name));
  if (unknown >= 0) {
    throw invalidCondition(
      evaluator,
      `/about/${unknown}`,
      `there is no variable "${about[unknown]}"`,
      `There are: ${names.join(', ')}.`,
    );
  }
  const model = given.model ?? config.model;
  if (model === undefined) {
    throw invalidCondition(
      evaluator,
      '',
      'no model is named',
      'Name one in "model", or in the configuration of routing-llm.',
    );
  }
  if (given.labels && given.fallback !== undefined && Object.hasOwn(given.labels, given.fallback)) {
    throw invalidCondition(
      evaluator,
      '/fallback',
      'it is one of the labels',
      'Name the fall-back otherwise, or leave it out.',
    );
  }
  return { ...given, about, model, minConfidence: given.minConfidence ?? config.minConfidence };
}
