import { compileCelCondition, type CelCondition } from '@agent-factory/cel';
import type { Json, JsonSchema, Validator } from '@agent-factory/sdk';
import { invalidCondition, type ConditionTypes } from '@agent-factory/sdk/contracts';
import type { RoutingSemanticConfig } from './config.ts';

/** Name of the evaluator. */
export const evaluator = 'semantic';

/** A condition in full; a list of texts alone is its `examples`, and one text is one example. */
interface SemanticCondition {
  /** Texts of the kind for which it holds. */
  readonly examples: readonly string[];
  /** Expression that gives the text to compare. Default `input`. */
  readonly text?: string;
  /** Default: as configured. */
  readonly threshold?: number;
}

const example: JsonSchema = { type: 'string', minLength: 1, maxLength: 2000, pattern: '\\S' };
const examples: JsonSchema = { type: 'array', items: example, minItems: 1, maxItems: 100, uniqueItems: true };

/** JSON Schema of a condition. */
export const semanticConditionSchema: JsonSchema = {
  anyOf: [
    example,
    examples,
    {
      type: 'object',
      properties: {
        examples,
        text: { type: 'string', minLength: 1, maxLength: 1024 },
        threshold: { type: 'number', minimum: 0, maximum: 1 },
      },
      required: ['examples'],
      additionalProperties: false,
    },
  ],
};

/** A condition, checked. */
export interface ReadCondition {
  readonly examples: readonly string[];
  readonly text: CelCondition;
  readonly source: string;
  readonly threshold: number;
}

/** Checks a condition and fills in what is configured; AF_CONDITION_INVALID where it is wrong. */
export function readCondition(
  condition: Json,
  types: ConditionTypes,
  config: RoutingSemanticConfig,
  check: Validator,
): ReadCondition {
  const [problem] = check(condition);
  if (problem) {
    const fix = problem.fix ?? 'Give texts of the kind for which it holds, at least one.';
    throw invalidCondition(evaluator, problem.path, problem.message.replace(/\.$/, ''), fix);
  }
  const list = typeof condition === 'string' ? [condition] : condition;
  const given = (Array.isArray(list) ? { examples: list } : list) as SemanticCondition; // as its schema says
  const source = given.text ?? 'input';
  const place = { evaluator, path: given.text === undefined ? '' : '/text' };
  const text = compileCelCondition(source, { ...types, result: 'any' }, place);
  return { examples: given.examples, text, source, threshold: given.threshold ?? config.threshold };
}
