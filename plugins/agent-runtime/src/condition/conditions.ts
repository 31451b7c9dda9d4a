import type { AgentFactoryError, Contribution, Json, JsonObject } from '@agent-factory/sdk';
import {
  conditionErrors,
  type CompiledCondition,
  type ConditionDecision,
  type ConditionEvaluator,
  type ConditionTypes,
} from '@agent-factory/sdk/contracts';
import { byName } from '../tool/tool-set.ts';

/** Name of the evaluator of expressions in hand-offs and approval rules. */
export const expressionEvaluator = 'cel';

/** Evaluators of conditions by name. */
export type Evaluators = ReadonlyMap<string, ConditionEvaluator>;

/** The evaluators of conditions there are. */
export interface Conditions {
  readonly evaluators: Evaluators;
  /** Compiles an expression; throws AF_CONDITION_INVALID, or that there is no evaluator for it. */
  expression(text: string, types: ConditionTypes): Promise<CompiledCondition>;
}

/** Creates the conditions; an evaluator's name offered twice is refused. */
export function createConditions(contributions: readonly Contribution<ConditionEvaluator>[]): Conditions {
  const evaluators = byName(
    contributions,
    'evaluator of conditions',
    ({ name }) => name,
    (evaluator) => evaluator,
  );
  return {
    evaluators,
    async expression(text, types) {
      const evaluator = evaluators.get(expressionEvaluator);
      if (!evaluator) throw unknownEvaluator(expressionEvaluator, evaluators);
      return evaluator.compile(text, types);
    },
  };
}

/** The error for an evaluator that is not there, with those that are. */
export function unknownEvaluator(name: string, evaluators: Evaluators): AgentFactoryError {
  const known = [...evaluators.keys()].join(', ') || 'none';
  return conditionErrors.AF_CONDITION_UNKNOWN_EVALUATOR({ name, known });
}

/** What a condition says of these values. Those of expressions only calculate. */
export async function decide(
  condition: CompiledCondition,
  variables: JsonObject,
): Promise<ConditionDecision> {
  const made = condition.evaluate(variables);
  return made instanceof Promise ? made : made;
}

/** A value as text, for a message. */
export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
