import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { at, defineTargets, openEvaluations, type EvaluationPlatform } from './support/open-evaluations.ts';

const held = {
  name: 'held',
  version: '1.0.0',
  target: { kind: 'agent', name: 'guide' },
  cases: ['France', 'hold France', 'Mali'].map((input) => ({ name: input, input, expected: 'Paris' })),
  scorers: [{ use: 'contains', threshold: 0.5 }],
};

describe('an evaluation outlives its process', function () {
  this.timeout(60_000);
  let platform: EvaluationPlatform | undefined;
  afterEach(async () => {
    await platform?.close();
    platform = undefined;
  });

  it('goes on after the process was killed, and runs no case twice', async () => {
    platform = await openEvaluations('SQLite');
    const script = join(import.meta.dirname, 'fixtures/evaluate-and-hold.ts');
    const child = spawn(process.execPath, ['--conditions=@agent-factory/source', script, platform.dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const id = await waitFor('the evaluation', () => /(eval_\w+)\n/.exec(said)?.[1], 40_000);
    const { evaluations, runs } = await platform.boot();
    const before = await waitFor('the second case', async () => {
      const { results } = await evaluations.get(id);
      return results[1]?.runId !== undefined && results;
    });
    assert.equal(before[0]?.outcome, 'succeeded');
    child.kill('SIGKILL');
    await ended;

    const asked = platform;
    await waitFor('the run to be taken up', () => asked.asked.includes('hold France'));
    platform.release();
    const done = await evaluations.wait(id);
    assert.deepEqual([done.state, done.passed], ['finished', true]);
    assert.deepEqual(
      done.results.map(({ outcome }) => outcome),
      ['succeeded', 'succeeded', 'succeeded'],
    );
    assert.deepEqual(
      done.results.slice(0, 2).map(({ runId }) => runId),
      before.slice(0, 2).map(({ runId }) => runId),
    );
    assert.equal((await runs.list({ subject: { kind: 'agent', name: 'guide' } })).length, 3);
  });

  for (const engine of Object.keys(sqlEngines)) {
    it(`is gone on with by another process when its own ends, on ${engine}`, async () => {
      platform = await openEvaluations(engine);
      const first = await platform.boot();
      await defineTargets(first.runs);
      await first.evaluations.putSuite(held);
      const { id } = await first.evaluations.start({ suite: 'held', concurrency: 1 });
      await waitFor('the second case', async () => (await first.evaluations.get(id)).results[1]?.runId);
      const closing = first.kernel.close();
      platform.release();
      await closing;
      const second = await platform.boot();
      const done = await second.evaluations.wait(id);
      assert.deepEqual([done.state, done.passed], ['finished', true]);
      assert.equal((await second.runs.list()).length, 3);
    });

    it(`is carried out by a worker when it is started by an API, on ${engine}`, async () => {
      platform = await openEvaluations(engine);
      const jobs = [at('jobs-local')];
      // No look finds it in time: it is called for.
      const config = { lookMs: 3_600_000 };
      const api = await platform.boot({ role: 'api', more: jobs, config });
      await platform.boot({ role: 'worker', more: jobs, config });
      await defineTargets(api.runs);
      await api.evaluations.putSuite({ ...held, cases: held.cases.slice(0, 1) });
      const done = await api.evaluations.wait((await api.evaluations.start({ suite: 'held' })).id);
      assert.deepEqual([done.state, done.passed], ['finished', true]);
    });
  }

  it('ends a case that takes too long', async () => {
    platform = await openEvaluations();
    const { runs, evaluations } = await platform.boot({ config: { caseTimeoutMs: 1_000 } });
    await defineTargets(runs);
    await evaluations.putSuite({ ...held, cases: held.cases.slice(1, 2) });
    const done = await evaluations.wait((await evaluations.start({ suite: 'held' })).id);
    const [result] = done.results;
    assert.deepEqual(
      [result?.outcome, result?.error?.code, result?.scores[0]?.score, done.passed],
      ['timed-out', 'AF_EVALUATION_CASE_TIMED_OUT', 0, false],
    );
  });

  it('fails when its scorers are not there any more, and says so', async () => {
    platform = await openEvaluations();
    const first = await platform.boot();
    await defineTargets(first.runs);
    await first.evaluations.putSuite(held);
    const { id } = await first.evaluations.start({ suite: 'held', concurrency: 1 });
    await waitFor('the second case', async () => (await first.evaluations.get(id)).results[1]?.runId);
    const closing = first.kernel.close();
    platform.release();
    await closing;
    const second = await platform.boot({ without: 'scorers-builtin' });
    const done = await second.evaluations.wait(id);
    assert.deepEqual(
      [done.state, done.passed, done.error?.code],
      ['failed', undefined, 'AF_EVALUATION_FAILED'],
    );
    assert.match(done.error?.message ?? '', /no active plugin offers the scorer "contains"/);
    assert.equal(done.results[0]?.outcome, 'succeeded', 'what was judged is kept');
  });
});
