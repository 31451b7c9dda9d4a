import assert from 'node:assert/strict';
import type { JsonObject, ValidationProblem } from '@agent-factory/sdk';
import { rejectsWith } from '@agent-factory/sdk/testing';
import {
  defineTargets,
  openEvaluations,
  type EvaluationPlatform,
  type EvaluationProcess,
} from './support/open-evaluations.ts';

const good: JsonObject = {
  name: 'good',
  version: '1.0.0',
  target: { kind: 'agent', name: 'guide' },
  cases: [{ name: 'one', input: 'France', expected: 'Paris' }],
  scorers: [{ use: 'contains', threshold: 1 }],
};

describe('evaluation suites', function () {
  this.timeout(60_000);
  let platform: EvaluationPlatform;
  let here: EvaluationProcess;
  before(async () => {
    platform = await openEvaluations();
    here = await platform.boot();
    await defineTargets(here.runs);
  });
  after(() => platform?.close());

  const problemsOf = async (suite: unknown): Promise<readonly ValidationProblem[]> => {
    const error = await rejectsWith(here.evaluations.putSuite(suite), 'AF_EVALUATION_SUITE_INVALID');
    return error.details['problems'] as readonly ValidationProblem[]; // as the error has them
  };

  it('are kept, changed, listed and forgotten', async () => {
    assert.deepEqual(await here.evaluations.putSuite(good), { suite: good, source: 'tenant' });
    const changed = { ...good, description: 'Good.' };
    await here.evaluations.putSuite(changed);
    assert.deepEqual(await here.evaluations.suite('good'), {
      suite: changed,
      source: 'tenant',
      problems: [],
    });
    assert.deepEqual(await here.evaluations.suites(), [{ suite: changed, source: 'tenant' }]);
    await here.evaluations.removeSuite('good');
    await rejectsWith(here.evaluations.removeSuite('good'), 'AF_EVALUATION_SUITE_UNKNOWN');
    await rejectsWith(here.evaluations.suite('good'), 'AF_EVALUATION_SUITE_UNKNOWN');
  });

  const bad: readonly (readonly [what: string, suite: unknown, path: string, message: RegExp])[] = [
    ['no object', 5, '', /object/],
    ['no cases', { ...good, cases: [] }, '/cases', /./],
    [
      'an unknown target',
      { ...good, target: { kind: 'router', name: 'none' } },
      '/target',
      /no router.*"none"/,
    ],
    [
      'an unknown scorer',
      { ...good, scorers: [{ use: 'taste' }] },
      '/scorers/0/use',
      /no active plugin.*"taste".*contains/,
    ],
    [
      'a configuration that the scorer refuses',
      { ...good, scorers: [{ use: 'pattern', config: { pattern: '(' } }] },
      '/scorers/0/config',
      /pattern/,
    ],
    [
      'a configuration that its schema refuses',
      { ...good, scorers: [{ use: 'judge', config: { rubric: 'Be nice.' } }] },
      '/scorers/0/config',
      /model/,
    ],
    [
      'nothing expected where a scorer needs it',
      { ...good, cases: [{ name: 'one', input: 'France' }] },
      '/cases/0',
      /"contains" needs to know what is expected/,
    ],
    [
      'two cases of one name',
      { ...good, cases: [1, 2].map(() => ({ name: 'one', input: 'France', expected: 'Paris' })) },
      '/cases/1/name',
      /two cases named "one"/,
    ],
    [
      'two scorers of one name',
      {
        ...good,
        scorers: [
          { use: 'exact', name: 'same' },
          { use: 'contains', name: 'same' },
        ],
      },
      '/scorers/1',
      /two scorers named "same"/,
    ],
    [
      'an input that its target cannot take',
      { ...good, cases: [{ name: 'one', input: { a: 1 }, expected: 'Paris' }] },
      '/cases/0/input',
      /a text, or a conversation/,
    ],
  ];
  for (const [what, suite, path, message] of bad) {
    it(`are refused with ${what}`, async () => {
      const [problem, ...others] = await problemsOf(suite);
      assert.deepEqual([problem?.path, others.length], [path, 0], JSON.stringify([problem, others]));
      assert.match(problem?.message ?? '', message);
    });
  }

  it('are refused for a start that asks for too much, or for what is not there', async () => {
    await here.evaluations.putSuite(good);
    const start = (request: object): Promise<unknown> =>
      here.evaluations.start({ suite: 'good', ...request });
    for (const request of [
      { cases: ['two'] },
      { cases: [] },
      { repetitions: 0 },
      { repetitions: 101 },
      { concurrency: 1.5 },
    ])
      await rejectsWith(start(request), 'AF_EVALUATION_INVALID');
    await rejectsWith(start({ suite: 'none' }), 'AF_EVALUATION_SUITE_UNKNOWN');
    assert.deepEqual((await here.evaluations.list()).evaluations, [], 'nothing was started');
  });

  it('are checked again at the start: their target may be gone', async () => {
    await here.runs.definitions.put('agent', { name: 'passing', instructions: 'Answer.', model: 'test/any' });
    await here.evaluations.putSuite({ ...good, name: 'orphan', target: { kind: 'agent', name: 'passing' } });
    await here.runs.definitions.remove('agent', 'passing');
    const { problems } = await here.evaluations.suite('orphan');
    assert.equal(problems[0]?.path, '/target');
    await rejectsWith(here.evaluations.start({ suite: 'orphan' }), 'AF_EVALUATION_SUITE_INVALID');
  });
});
