import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  ConditionEvaluator,
  type CompiledCondition,
  type ConditionDecision,
} from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  conditionEvaluatorSuite,
  rejectsWith,
  type TestKernel,
} from '@agent-factory/sdk/testing';

const types = {
  variables: {
    input: { type: 'object', properties: { amount: { type: 'number' }, tier: { type: 'string' } } },
    tags: { type: 'array', items: { type: 'string' } },
  },
};
const big = { when: { 'input.amount': '> 100' } };

describe('routing-rules', () => {
  let kernel: TestKernel;
  let evaluator: ConditionEvaluator;
  before(async () => {
    kernel = await bootTestKernel({ plugins: [join(import.meta.dirname, '..')] });
    [evaluator] = kernel.all(ConditionEvaluator).map(({ value }) => value) as [ConditionEvaluator]; // one plugin
  });
  after(() => kernel.close());

  const compile = (table: Json, result: 'boolean' | 'any' = 'any'): Promise<CompiledCondition> =>
    evaluator.compile(table, { ...types, result });
  const decide = async (table: Json, variables: JsonObject): Promise<ConditionDecision> =>
    (await compile(table)).evaluate(variables);
  const warningsOf = async (table: Json): Promise<readonly string[]> =>
    ((await compile(table)).warnings ?? []).map(({ path, message }) => `${path}: ${message}`);

  describe('is an evaluator of conditions', () => {
    const suite = conditionEvaluatorSuite(async () => ({
      evaluator,
      types,
      condition: big,
      holdsFor: { input: { amount: 120 } },
      failsFor: { input: { amount: 80 } },
      options: [
        { id: 'big', condition: big },
        { id: 'small', condition: { when: { 'input.amount': '<= 100' } } },
      ],
      choosesLast: { input: { amount: 80 } },
      invalid: [
        { when: { 'input.amuont': '> 1' } },
        { when: { 'input.amount': '> "a"' } },
        { rules: [] },
        { rules: [{ when: { a: 1 } }], columns: { b: 'input.tier' } },
        { rules: [big], hit: 'collect' },
        { rules: [{ ...big, value: 'yes' }] },
        { rules: [{ ...big, value: true, gives: 'true' }] },
        { rules: [big], hits: 'first' },
      ],
    }));
    for (const { name, run } of suite) it(name, run);
  });

  const refund = (hit: string): Json => ({
    columns: { amount: 'input.amount', tier: 'input.tier' },
    hit,
    rules: [
      { when: { amount: '< 10' }, value: 'auto' },
      { when: { tier: ['gold', 'platinum'], amount: '< 500' }, value: 'auto-gold', priority: 5 },
      { when: { tier: '.startsWith("g")' }, if: '"vip" in tags', value: 'manager', priority: 9 },
    ],
    otherwise: 'clerk',
  });
  const gold = { input: { amount: 5, tier: 'gold' }, tags: ['vip'] };

  it('takes the first rule that holds, and says which', async () => {
    assert.deepEqual(await decide(refund('first'), gold), {
      value: 'auto',
      saw: { 'input.amount': 5 },
      reason: 'Rule 1 holds.',
    });
  });

  it('takes the one of highest priority', async () => {
    assert.equal((await decide(refund('priority'), gold)).value, 'manager');
    assert.equal((await decide(refund('priority'), { ...gold, tags: [] })).value, 'auto-gold');
  });

  it('collects what all rules give', async () => {
    assert.deepEqual((await decide(refund('collect'), gold)).value, ['auto', 'auto-gold', 'manager']);
  });

  it('fails when two hold and only one may', async () => {
    const error = await rejectsWith(decide(refund('unique'), gold), 'AF_CONDITION_FAILED');
    assert.match(error.message, /rules 1 and 2 both hold/);
  });

  it('gives what is said for all other cases', async () => {
    const decision = await decide(refund('first'), { input: { amount: 900, tier: 'basic' }, tags: [] });
    assert.equal(decision.value, 'clerk');
    assert.equal(decision.reason, 'No rule holds.');
  });

  it('makes values by expression', async () => {
    const table = { rules: [{ when: { 'input.amount': '>= 100' }, gives: '{"fee": input.amount * 0.5}' }] };
    assert.deepEqual((await decide(table, { input: { amount: 100 } })).value, { fee: 50 });
    assert.equal((await decide(table, { input: { amount: 1 } })).value, null);
  });

  it('reads texts as texts unless they begin with an operator, a dot or "in"', async () => {
    const holds = async (cell: Json, tier: string): Promise<Json> =>
      (await decide({ rules: [{ when: { 'input.tier': cell } }], otherwise: false }, { input: { tier } }))
        .value;
    assert.equal(await holds('gold', 'gold'), true);
    assert.equal(await holds('a "quoted" \\ text', 'a "quoted" \\ text'), true);
    assert.equal(await holds('!= "gold"', 'gold'), false);
    assert.equal(await holds('in ["a", "gold"]', 'gold'), true);
    assert.equal(await holds('.size() == 4', 'gold'), true);
    assert.equal(await holds(['> 1'], '> 1'), true);
    assert.equal(await holds('in progress', 'in progress'), true);
    assert.equal(await holds('.hidden', '.hidden'), true);
  });

  it('says in which cell what is wrong, with the place in the cell', async () => {
    const table = {
      columns: { sum: 'input.amount' },
      rules: [big, {}].map(() => ({ when: { sum: '> 1 || tagz' } })),
    };
    const { details, message } = await rejectsWith(compile(table), 'AF_CONDITION_INVALID');
    assert.equal(details['path'], '/rules/0/when/sum');
    assert.equal(details['offset'], 7);
    assert.match(message, /column 8 of \/rules\/0\/when\/sum: There is no variable "tagz"/);
    const wrongColumn = { columns: { sum: 'input.sum' }, rules: [{ when: { sum: 1 } }] };
    const column = await rejectsWith(compile(wrongColumn), 'AF_CONDITION_INVALID');
    assert.equal(column.details['path'], '/columns/sum');
    assert.equal(column.details['offset'], 6);
  });

  describe('warns', () => {
    it('of rules that never count', async () => {
      const rules = [
        { when: { 'input.amount': '> 100' }, value: 1 },
        { when: { 'input.amount': '> 200' }, value: 2 },
      ];
      assert.deepEqual(await warningsOf({ rules, otherwise: 0 }), [
        '/rules/1: It never counts: rules before it hold whenever it does.',
      ]);
      assert.deepEqual(await warningsOf({ rules, hit: 'collect', otherwise: 0 }), []);
      const [first, second] = rules;
      const ranked = [
        { ...first, priority: 1 },
        { ...second, priority: 2 },
      ];
      assert.deepEqual(await warningsOf({ rules: ranked, hit: 'priority', otherwise: 0 }), []);
    });

    it('of rules that hold together, where only one may', async () => {
      const rules = [{ when: { 'input.tier': ['a', 'b'] } }, { when: { 'input.tier': ['b', 'c'] } }];
      const all = await warningsOf({ rules, hit: 'unique', otherwise: false });
      assert.deepEqual(all, ['/rules/1: It can hold together with rule 1.']);
    });

    it('of values for which no rule holds', async () => {
      const rules = [{ when: { 'input.amount': '> 100' } }, { when: { 'input.amount': '< 100' } }];
      assert.deepEqual(await warningsOf({ rules }), ['/rules: No rule holds for input.amount 100.']);
      assert.deepEqual(await warningsOf({ rules, otherwise: true }), []);
      const closed = [...rules, { when: { 'input.amount': 100 } }];
      assert.deepEqual(await warningsOf({ rules: closed }), []);
    });

    it('of nothing where it cannot know', async () => {
      const rules = [
        { when: { 'input.tier': '.startsWith("a")' }, value: 1 },
        { when: { 'input.tier': 'abc' }, value: 2 },
        { if: 'input.amount > 1', value: 3 },
        { value: 4 },
      ];
      assert.deepEqual(await warningsOf({ rules }), []);
    });
  });
});
