import { compileCelCondition } from '@agent-factory/cel';
import { firstThatHolds, type ConditionEvaluator } from '@agent-factory/sdk/contracts';
import { expressionSchema } from '@agent-factory/sdk/domain';

/** Decides conditions written as expressions. */
export function createExpressionRouting(): ConditionEvaluator {
  const evaluator: ConditionEvaluator = {
    name: 'cel',
    description: 'Expressions in CEL over the values at hand: input.amount > 100.',
    condition: expressionSchema,
    deterministic: true,
    compile: async (condition, types) => compileCelCondition(condition, types, { evaluator: 'cel' }),
    compileChoice: (options, types) => firstThatHolds(evaluator, options, types),
  };
  return evaluator;
}
