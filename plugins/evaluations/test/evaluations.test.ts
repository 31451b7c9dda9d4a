import assert from 'node:assert/strict';
import type { Json, JsonObject } from '@agent-factory/sdk';
import { TenantStorage, Evaluations, AgentRuntime } from '@agent-factory/sdk/contracts';
import type { EvaluationDetails, EvaluationResult } from '@agent-factory/sdk/contracts';
import { rejectsWith, rollBack, waitFor } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import {
  defineTargets,
  openEvaluations,
  type EvaluationPlatform,
  type EvaluationProcess,
} from './support/open-evaluations.ts';

/** A suite, and perhaps more than its schema admits. */
type NamedSuite = JsonObject & { readonly name: string };

const suiteOf = (
  name: string,
  inputs: Readonly<Record<string, Json>>,
  scorers: readonly JsonObject[] = [],
  more: JsonObject = {},
): NamedSuite => ({
  name,
  version: '1.0.0',
  target: { kind: 'agent', name: 'guide' },
  cases: Object.entries(inputs).map(([name, input]) => ({ name, input, expected: 'Paris' })),
  scorers,
  ...more,
});

for (const engine of Object.keys(sqlEngines)) {
  describe(`evaluations on ${engine}`, function () {
    this.timeout(60_000);
    let platform: EvaluationPlatform;
    let here: EvaluationProcess;
    before(async () => {
      platform = await openEvaluations(engine);
      here = await platform.boot();
      await defineTargets(here.runs);
    });
    after(() => platform?.close());

    const evaluate = async (suite: NamedSuite, request: object = {}): Promise<EvaluationDetails> => {
      await here.evaluations.putSuite(suite);
      const { id } = await here.evaluations.start({ suite: suite.name, ...request });
      return here.evaluations.wait(id);
    };
    const only = ({ results }: EvaluationDetails): EvaluationResult => results[0] ?? assert.fail('no result');

    it('run each case as an ordinary run, judge it and pass the gate', async () => {
      const suite = suiteOf('capitals', { france: 'Capital of France?', mali: 'Capital of Mali?' }, [
        { use: 'contains', threshold: 0.5 },
        { use: 'limits', name: 'short', config: { turns: 1 }, threshold: 1 },
      ]);
      const done = await evaluate(suite, { repetitions: 2, by: 'ada' });
      assert.deepEqual([done.state, done.passed, done.runs, done.by], ['finished', true, 4, 'ada']);
      assert.deepEqual(
        done.results.map((one) => [one.case, one.repetition, one.outcome, one.scores[0]?.score]),
        [
          ['france', 1, 'succeeded', 1],
          ['france', 2, 'succeeded', 1],
          ['mali', 1, 'succeeded', 0],
          ['mali', 2, 'succeeded', 0],
        ],
      );
      assert.deepEqual(
        done.summary.scorers.map(({ scorer, mean, passed }) => [scorer, mean, passed]),
        [
          ['contains', 0.5, true],
          ['short', 1, true],
        ],
      );
      assert.ok(done.summary.totals.tokens > 0);
      const run = await here.runs.get(only(done).runId ?? '');
      assert.deepEqual(run.metadata, {
        evaluation: { id: done.id, suite: 'capitals', case: 'france', repetition: 1 },
      });
      assert.equal(run.subject.hash, done.targetHash);
      assert.equal((await here.evaluations.get(done.id)).results.length, 4);
    });

    it('do not pass below a threshold, and take some cases alone', async () => {
      const suite = suiteOf('strict', { mali: 'Capital of Mali?', france: 'Capital of France?' }, [
        { use: 'exact', config: { ignoreCase: true }, threshold: 0.1 },
        { use: 'contains' },
      ]);
      const done = await evaluate(suite, { cases: ['france'] });
      assert.deepEqual([done.state, done.passed, done.runs], ['finished', false, 1]);
      assert.match(only(done).scores[0]?.reason ?? '', /"It is Paris\." and not "Paris"/);
      assert.equal(only(done).scores[1]?.score, 1);
    });

    it('judge by a model, by tools and by conditions', async () => {
      const done = await evaluate(
        suiteOf('ways', { france: 'look up France' }, [
          { use: 'judge', config: { model: 'test/judge', rubric: 'It names the capital.' }, threshold: 1 },
          { use: 'tools', config: { called: ['look_up'], noOthers: true }, threshold: 1 },
          { use: 'condition', config: { condition: 'output.contains(expected) && run.turns == 2' } },
          { use: 'similarity' },
        ]),
      );
      assert.equal(done.passed, true, JSON.stringify(done.results));
      assert.deepEqual(
        only(done).scores.map(({ score }) => score),
        [1, 1, 1, 1],
      );
      assert.ok((done.summary.totals.judgingTokens ?? 0) > 0);
    });

    it('fail where a scorer could not judge, which is no zero', async () => {
      const rubric = 'Answer broken.';
      const done = await evaluate(
        suiteOf('broken', { france: 'France?' }, [
          { use: 'judge', config: { model: 'test/judge', rubric } },
          { use: 'judge', name: 'nobody', config: { model: 'none/judge', rubric } },
          { use: 'contains', threshold: 0.1 },
        ]),
      );
      assert.deepEqual([done.state, done.passed], ['finished', false]);
      const [judge, nobody] = only(done).scores;
      assert.deepEqual([judge?.score, judge?.error?.code], [undefined, 'AF_SCORER_FAILED']);
      assert.equal(nobody?.error?.code, 'AF_MODEL_REQUEST_INVALID');
      assert.deepEqual(done.summary.scorers[0], { scorer: 'judge', errors: 1 });
    });

    it('give a run that failed no points for its answer, and judge how it failed', async () => {
      const condition = 'run.status == "failed" && run.error.code == "AF_RUN_MODEL_FAILED"';
      const suite = suiteOf('failing', { one: 'fail' }, [
        { use: 'contains' },
        { use: 'condition', config: { condition } },
      ]);
      const done = await evaluate(suite);
      assert.deepEqual([only(done).outcome, done.passed], ['failed', false]);
      assert.match(only(done).scores[0]?.reason ?? '', /^There is no answer, the run is failed/);
      assert.deepEqual(
        only(done).scores.map(({ score }) => score),
        [0, 1],
      );
      const gated = await evaluate(
        suiteOf('expected', { one: 'fail' }, [{ use: 'condition', config: { condition }, threshold: 1 }]),
      );
      assert.equal(gated.passed, true, 'a suite may want its target to fail');
    });

    it('do not wait for a person: the run is judged as it waits, and cancelled', async () => {
      const done = await evaluate({
        ...suiteOf('asks', { one: {} }, [
          { use: 'condition', config: { condition: 'run.status == "waiting"' }, threshold: 1 },
        ]),
        target: { kind: 'workflow', name: 'pay' },
      });
      assert.deepEqual([only(done).outcome, done.passed], ['waiting', true], JSON.stringify(done));
      assert.equal((await here.runs.get(only(done).runId ?? '')).status, 'cancelled');
    });

    it('keep a case that cannot be started as an error', async () => {
      const done = await evaluate(
        suiteOf('empty', { one: '  ', two: 'France' }, [{ use: 'contains', threshold: 0.5 }]),
      );
      assert.deepEqual(
        done.results.map(({ outcome }) => outcome),
        ['error', 'succeeded'],
      );
      assert.deepEqual([only(done).error?.code, done.passed], ['AF_RUN_INPUT_INVALID', false]);
    });

    it('are told apart by what became better and worse', async () => {
      const inputs = { a: 'France', b: 'Mali', c: 'France' };
      const before = await evaluate(suiteOf('trend', inputs, [{ use: 'contains' }]));
      const after = await evaluate(
        suiteOf('trend', { a: 'Mali', b: 'France', d: 'France' }, [
          { use: 'contains' },
          { use: 'limits', config: { turns: 3 } },
        ]),
      );
      const { cases, scorers } = await here.evaluations.compare(before.id, after.id);
      assert.deepEqual(
        cases.filter(({ scorer }) => scorer === 'contains').map((one) => [one.case, one.trend]),
        [
          ['a', 'worse'],
          ['b', 'better'],
          ['c', 'removed'],
          ['d', 'added'],
        ],
      );
      assert.deepEqual(
        scorers.map(({ trend }) => trend),
        ['same', 'added'],
      );
      const other = await evaluate(suiteOf('other', { a: 'France' }));
      await rejectsWith(here.evaluations.compare(before.id, other.id), 'AF_EVALUATIONS_DIFFER');
      await rejectsWith(here.evaluations.compare(before.id, 'eval_none'), 'AF_EVALUATION_UNKNOWN');
    });

    it('are listed newest first, page by page, and by suite', async () => {
      const suite = suiteOf('listed', { a: 'France' });
      const ids = [await evaluate(suite), await evaluate(suite), await evaluate(suite)].map(({ id }) => id);
      const first = await here.evaluations.list({ suite: 'listed', limit: 2 });
      assert.deepEqual(
        first.evaluations.map(({ id }) => id),
        [ids[2], ids[1]],
      );
      const rest = await here.evaluations.list({
        suite: 'listed',
        limit: 2,
        ...(first.next !== undefined && { after: first.next }),
      });
      assert.deepEqual([rest.evaluations.map(({ id }) => id), rest.next], [[ids[0]], undefined]);
      await rejectsWith(here.evaluations.list({ limit: 0 }), 'AF_EVALUATION_QUERY_INVALID');
      await rejectsWith(here.evaluations.list({ after: 'x' }), 'AF_EVALUATION_QUERY_INVALID');
    });

    it('go on when their suite is removed, several at once, and are cancelled with their runs', async () => {
      const suite = suiteOf('held', { a: 'hold France', b: 'hold Mali' }, [{ use: 'contains' }]);
      await here.evaluations.putSuite(suite);
      const [one, two] = [
        await here.evaluations.start({ suite: 'held' }),
        await here.evaluations.start({ suite: 'held', concurrency: 1 }),
      ];
      await here.evaluations.removeSuite('held');
      await rejectsWith(here.evaluations.start({ suite: 'held' }), 'AF_EVALUATION_SUITE_UNKNOWN');
      await rejectsWith(here.evaluations.compare(one.id, two.id), 'AF_EVALUATION_RUNNING');
      const begun = await waitFor('both to begin', async () => {
        const results = (await here.evaluations.get(two.id)).results.filter(({ runId }) => runId);
        return (
          results.length > 0 &&
          platform.asked.filter((text) => text.startsWith('hold')).length >= 3 &&
          results
        );
      });
      assert.equal(begun.length, 1, 'one at a time');
      const cancelled = await here.evaluations.cancel(two.id);
      assert.deepEqual([cancelled.state, cancelled.passed], ['cancelled', undefined]);
      assert.equal((await here.runs.get(begun[0]?.runId ?? '')).status, 'cancelled');
      platform.release();
      const done = await here.evaluations.wait(one.id);
      assert.deepEqual([done.state, done.summary.scorers[0]?.mean], ['finished', 0.5]);
      const over = await here.evaluations.wait(two.id);
      assert.deepEqual(
        over.results.map(({ outcome }) => outcome),
        ['cancelled', 'cancelled'],
      );
      assert.equal((await here.evaluations.cancel(one.id)).state, 'finished', 'one that ended stays');
    });

    it('are those of one tenant, and go with it', async () => {
      const tenants = here.kernel.use(TenantStorage);
      await tenants.create('other');
      const other = here.kernel.use(Evaluations).tenant('other');
      await defineTargets(here.kernel.use(AgentRuntime).tenant('other'));
      await other.putSuite(suiteOf('theirs', { a: 'France' }, [{ use: 'contains', threshold: 1 }]));
      const done = await other.wait((await other.start({ suite: 'theirs' })).id);
      assert.equal(done.passed, true);
      await rejectsWith(here.evaluations.get(done.id), 'AF_EVALUATION_UNKNOWN');
      await rejectsWith(here.evaluations.suite('theirs'), 'AF_EVALUATION_SUITE_UNKNOWN');
      await tenants.erase('other');
      await tenants.create('other');
      assert.deepEqual(await other.suites(), []);
      assert.deepEqual((await other.list()).evaluations, []);
    });

    it('have a way down for their tables', async () => {
      assert.deepEqual(await rollBack(here.kernel, 'evaluations', 'tenant'), ['create-evaluations']);
    });
  });
}
