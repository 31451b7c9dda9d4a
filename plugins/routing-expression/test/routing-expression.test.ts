import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import { bootTestKernel, conditionEvaluatorSuite, rejectsWith } from '@agent-factory/sdk/testing';
import { createExpressionRouting } from '../src/expression-routing.ts';

const types = {
  variables: {
    input: { type: 'object', properties: { amount: { type: 'number' }, text: { type: 'string' } } },
  },
};

describe('routing-expression', () => {
  describe('is an evaluator of conditions', () => {
    const suite = conditionEvaluatorSuite(async () => ({
      evaluator: createExpressionRouting(),
      types,
      condition: 'input.amount > 100',
      holdsFor: { input: { amount: 120 } },
      failsFor: { input: { amount: 80 } },
      options: [
        { id: 'big', condition: 'input.amount > 100' },
        { id: 'small', condition: 'input.amount <= 100' },
      ],
      choosesLast: { input: { amount: 80 } },
      invalid: [
        'input.amount >',
        'input.amuont > 1',
        'unknown',
        'input.amount > "1"',
        'input.amount',
        '1'.repeat(5000),
      ],
    }));
    for (const { name, run } of suite) it(name, run);
  });

  it('says where a condition is wrong and what to do', async () => {
    const condition = 'input.amount > 100\n  && input.txet == "refund"';
    const error = await rejectsWith(
      createExpressionRouting().compile(condition, types),
      'AF_CONDITION_INVALID',
    );
    assert.equal(error.message, 'The cel condition is wrong at line 2, column 12: There is no field "txet".');
    assert.equal(error.fix, 'Did you mean "text"?');
  });

  it('makes values of any kind where they are asked for', async () => {
    const any = { ...types, result: 'any' as const };
    const compiled = await createExpressionRouting().compile(
      '{"sum": input.amount * 2, "all": [input.text]}',
      any,
    );
    assert.deepEqual(compiled.evaluate({ input: { amount: 1.25, text: 'a' } }), {
      value: { sum: 2.5, all: ['a'] },
      saw: { 'input.amount': 1.25, 'input.text': 'a' },
    });
  });

  it('fails with what was missing', async () => {
    const compiled = await createExpressionRouting().compile('input.amount > 1', types);
    await rejectsWith((async () => compiled.evaluate({ input: {} }))(), 'AF_CONDITION_FAILED');
  });

  it('is contributed by the plugin', async () => {
    const kernel = await bootTestKernel({ plugins: [join(import.meta.dirname, '..')] });
    const names = kernel.all(ConditionEvaluator).map(({ value }) => value.name);
    await kernel.close();
    assert.deepEqual(names, ['cel']);
  });
});
