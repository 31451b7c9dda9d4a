import type { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import { cutFact, firstThatHolds, invalidCondition } from '@agent-factory/sdk/contracts';

const mend = 'Write { "variable": "<name>", "is": <value> }.';

/** Conditions of the shape `{ variable, is }`: whether a variable has exactly this value. */
export const evaluator: ConditionEvaluator = {
  name: 'my-plugin',
  description: 'Looks whether a variable has a value: { "variable": "color", "is": "red" }.',
  condition: {
    type: 'object',
    properties: { variable: { type: 'string' }, is: {} },
    required: ['variable', 'is'],
    additionalProperties: false,
  },
  deterministic: true,
  async compile(condition, { variables }) {
    const parts = new Map(Object.entries(Object(condition)));
    const variable = parts.get('variable');
    const wanted = JSON.stringify(parts.get('is'));
    if (typeof variable !== 'string' || wanted === undefined || parts.size !== 2)
      throw invalidCondition('my-plugin', '', 'it has another shape', mend);
    if (!Object.hasOwn(variables, variable))
      throw invalidCondition('my-plugin', '/variable', `there is no variable ${variable}`, mend);
    return {
      reads: [variable],
      evaluate(values) {
        const value = values[variable] ?? null;
        return { value: JSON.stringify(value) === wanted, saw: { [variable]: cutFact(value) } };
      },
    };
  },
  compileChoice: (options, types) => firstThatHolds(evaluator, options, types),
};
