import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';

it('says what it saw', async () => {
  const kernel = await bootTestKernel({ plugins: [dirname(import.meta.dirname)] });
  try {
    const evaluator = kernel.all(ConditionEvaluator)[0]?.value;
    const types = { variables: { color: { type: 'string' } } };
    const condition = await evaluator?.compile({ variable: 'color', is: 'red' }, types);
    assert.deepEqual(await condition?.evaluate({ color: 'red' }), { value: true, saw: { color: 'red' } });
  } finally {
    await kernel.close();
  }
});
