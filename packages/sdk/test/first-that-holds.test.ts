import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import {
  conditionErrors,
  firstThatHolds,
  type ConditionDecision,
  type ConditionEvaluator,
} from '@agent-factory/sdk/contracts';
import { rejectsWith } from '@agent-factory/sdk/testing';

const types = { variables: { input: {} } };

/** Conditions are names of variables; `later:` in front gives a promise. */
const byName = (looked: string[] = []): Pick<ConditionEvaluator, 'name' | 'compile'> => ({
  name: 'by-name',
  async compile(condition) {
    if (typeof condition !== 'string') {
      throw conditionErrors.AF_CONDITION_INVALID({
        evaluator: 'by-name',
        line: 1,
        column: 3,
        offset: 2,
        path: '/text',
        where: '',
        problem: 'no text',
        mend: 'Write a text.',
      });
    }
    const [name = '', later] = condition.split(':').reverse();
    const decide = (variables: JsonObject): ConditionDecision => {
      looked.push(name);
      return { value: variables[name] ?? false, saw: { [name]: variables[name] ?? null }, reason: name };
    };
    return {
      reads: [name],
      evaluate: (variables) => (later ? Promise.resolve(decide(variables)) : decide(variables)),
    };
  },
});

describe('firstThatHolds', () => {
  it('chooses the first that holds, at once, and looks at none after it', async () => {
    const looked: string[] = [];
    const options = ['a', 'b', 'c'].map((id) => ({ id, condition: id }));
    const choice = await firstThatHolds(byName(looked), options, types);
    assert.deepEqual(choice.reads, ['a', 'b', 'c']);
    assert.deepEqual(choice.decide({ b: true, c: true }), {
      chosen: 'b',
      saw: { a: null, b: true },
      reason: 'b',
    });
    assert.deepEqual(looked, ['a', 'b']);
  });

  it('waits only for conditions that take time', async () => {
    const options = [
      { id: 'a', condition: 'a' },
      { id: 'b', condition: 'later:b' },
      { id: 'c', condition: 'c' },
    ];
    const choice = await firstThatHolds(byName(), options, types);
    assert.ok(!(choice.decide({ a: true }) instanceof Promise));
    const later = choice.decide({ c: true });
    assert.ok(later instanceof Promise);
    assert.deepEqual(await later, { chosen: 'c', saw: { a: null, b: null, c: true }, reason: 'c' });
  });

  it('says in which option a condition is wrong', async () => {
    const options = [
      { id: 'a', condition: 'a' },
      { id: 'b', condition: 7 },
    ];
    const { details } = await rejectsWith(firstThatHolds(byName(), options, types), 'AF_CONDITION_INVALID');
    assert.equal(details['path'], '/1/condition/text');
    assert.equal(details['column'], 3);
  });
});
