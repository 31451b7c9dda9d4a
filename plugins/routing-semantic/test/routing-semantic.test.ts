import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ConditionEvaluator, type ConditionServices } from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  conditionEvaluatorSuite,
  rejectsWith,
  type TestKernel,
} from '@agent-factory/sdk/testing';

const types = { variables: { input: { type: 'string' }, ticket: { type: 'object' } } };
const money = ['I want my money back', 'How do I get a refund?'];
const login = ['I cannot log in', 'My password does not work'];
const folder = join(import.meta.dirname, '..');

/** Vectors by meaning, as far as this test needs one: money, access, and the rest. */
const meaning = (text: string): readonly number[] => [
  /money|refund|charged/i.test(text) ? 1 : 0,
  /log in|password|locked/i.test(text) ? 1 : 0,
  0.1,
];

function services(calls: (readonly string[])[] = []): ConditionServices {
  return {
    signal: new AbortController().signal,
    embed: async (model, texts) => {
      assert.equal(model, 'local/meaning');
      calls.push(texts);
      return texts.map(meaning);
    },
  };
}

async function open(
  config: Readonly<Record<string, string | number>>,
): Promise<[TestKernel, ConditionEvaluator]> {
  const kernel = await bootTestKernel({ plugins: [{ use: folder, config }] });
  const [evaluator] = kernel.all(ConditionEvaluator).map(({ value }) => value);
  assert.ok(evaluator);
  return [kernel, evaluator];
}

describe('routing-semantic', () => {
  const kernels: TestKernel[] = [];
  let byWords: ConditionEvaluator;
  let byMeaning: ConditionEvaluator;
  before(async () => {
    const [first, words] = await open({});
    const [second, meanings] = await open({ model: 'local/meaning', threshold: 0.8 });
    kernels.push(first, second);
    [byWords, byMeaning] = [words, meanings];
  });
  after(async () => {
    for (const kernel of kernels) await kernel.close();
  });

  for (const kind of ['words', 'embeddings']) {
    describe(`is an evaluator of conditions, by ${kind}`, () => {
      const suite = conditionEvaluatorSuite(async () => ({
        evaluator: kind === 'words' ? byWords : byMeaning,
        types,
        condition: money,
        holdsFor: { input: 'give me my money back please' },
        failsFor: { input: 'what a nice day' },
        options: [
          { id: 'money', condition: money },
          { id: 'login', condition: { examples: login } },
        ],
        choosesLast: { input: 'the password I have does not work' },
        invalid: [
          { examples: [] },
          { examples: money, text: 'inptu' },
          { examples: money, text: 'input +' },
          { examples: money, threshold: 1.5 },
          { example: money },
          [' '],
        ],
        services: services(),
      }));
      for (const { name, run } of suite) it(name, run);
    });
  }

  const options = [{ id: 'money', condition: money }, { id: 'login', condition: login }, { id: 'desk' }];

  it('takes the option with the nearest example, and says which that was', async () => {
    const choice = await byMeaning.compileChoice(options, types);
    const calls: (readonly string[])[] = [];
    const decision = await choice.decide({ input: 'You charged me twice' }, services(calls));
    assert.equal(decision.chosen, 'money');
    assert.deepEqual(decision.saw, { input: 'You charged me twice' });
    assert.ok((decision.confidence ?? 0) > 0.9);
    assert.match(decision.reason ?? '', /"I want my money back", \d+ % alike/);
    assert.deepEqual(calls, [['You charged me twice', ...money, ...login]], 'one call with everything');
  });

  it('falls back when nothing is near enough, or there is nothing to compare', async () => {
    for (const evaluator of [byMeaning, byWords]) {
      const choice = await evaluator.compileChoice(options, types);
      for (const input of ['the weather is fine', ' ', '']) {
        assert.equal((await choice.decide({ input }, services())).chosen, 'desk', input);
      }
    }
  });

  it('knows other forms of a word, and accents, without a model', async () => {
    const choice = await byWords.compileChoice(options, types);
    assert.equal((await choice.decide({ input: 'REFUNDS! how?' })).chosen, 'money');
    assert.equal((await choice.decide({ input: 'my pässwords do not work' })).chosen, 'login');
  });

  it('compares the text that an expression gives', async () => {
    const condition = { examples: money, text: 'ticket.subject + " " + ticket.body' };
    const compiled = await byWords.compile(condition, types);
    const decision = await compiled.evaluate({ ticket: { subject: 'refund', body: 'how do I get it?' } });
    assert.equal(decision.value, true);
    assert.deepEqual(compiled.reads, ['ticket']);
  });

  it('gives the nearest example where a value is wanted', async () => {
    const compiled = await byMeaning.compile(money, { ...types, result: 'any' });
    assert.equal((await compiled.evaluate({ input: 'money!' }, services())).value, money[0]);
    assert.equal((await compiled.evaluate({ input: 'hello' }, services())).value, false);
  });

  it('fails where a model is configured and there is nothing that embeds', async () => {
    const compiled = await byMeaning.compile(money, types);
    await rejectsWith((async () => compiled.evaluate({ input: 'x' }))(), 'AF_CONDITION_SERVICE_MISSING');
  });
});
