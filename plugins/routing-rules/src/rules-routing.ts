import type { Json, Validator } from '@agent-factory/sdk';
import { firstThatHolds, invalidCondition, type ConditionEvaluator } from '@agent-factory/sdk/contracts';
import { compileTable } from './compile-table.ts';
import { evaluator as name, ruleTableSchema, type RuleTable } from './rule-table.ts';

/**
 * Decides by tables of rules.
 *
 * @param check holds a value against {@link ruleTableSchema}
 */
export function createRulesRouting(check: Validator): ConditionEvaluator {
  const evaluator: ConditionEvaluator = {
    name,
    description: 'Decision tables: rules with priorities, over columns that are expressions.',
    condition: ruleTableSchema,
    deterministic: true,
    compile: async (condition, types) => compileTable(asTable(condition, check), types),
    compileChoice: (options, types) => firstThatHolds(evaluator, options, types),
  };
  return evaluator;
}

/** One rule without a table around it stands for a table of it alone. */
function asTable(condition: Json, check: Validator): RuleTable {
  const isObject = typeof condition === 'object' && condition !== null && !Array.isArray(condition);
  const table = isObject && ('when' in condition || 'if' in condition) ? { rules: [condition] } : condition;
  const [problem] = check(table);
  if (problem === undefined) return table as unknown as RuleTable; // as its schema says
  throw invalidCondition(
    name,
    problem.path,
    problem.message.replace(/\.$/, ''),
    problem.fix ?? 'See the guide to conditions.',
  );
}
