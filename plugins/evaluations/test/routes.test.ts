import assert from 'node:assert/strict';
import { defaultTenant } from '@agent-factory/sdk/contracts';
import { askApi, trustingPlugin, type ApiAnswer, type TestKernel } from '@agent-factory/sdk/testing';
import { at, defineTargets, openEvaluations, type EvaluationPlatform } from './support/open-evaluations.ts';

const suite = {
  name: 'routed',
  version: '1.0.0',
  target: { kind: 'agent', name: 'guide' },
  cases: [{ name: 'one', input: 'France', expected: 'Paris' }],
  scorers: [{ use: 'contains', threshold: 1 }],
};

describe('the routes of evaluations', function () {
  this.timeout(60_000);
  let platform: EvaluationPlatform;
  let kernel: TestKernel;
  before(async () => {
    platform = await openEvaluations();
    const http = { use: at('http-api'), config: { port: 0 } };
    const booted = await platform.boot({ more: [http, trustingPlugin] });
    ({ kernel } = booted);
    await defineTargets(booted.runs);
  });
  after(() => platform?.close());

  const all = 'evaluations:read,evaluations:write,runs:write';
  const ask = async (method: string, path: string, body?: unknown, may = all): Promise<ApiAnswer> =>
    askApi(kernel, method, path.slice(1), {
      body,
      headers: { 'x-tenant': defaultTenant, authorization: may },
    });

  it('keep a suite, evaluate it, show, list and compare evaluations', async () => {
    const [kept, put] = await ask('POST', '/evaluation-suites', suite);
    assert.deepEqual([kept, put['source'], put['problems']], [200, 'tenant', []]);
    assert.equal(Object((await ask('GET', '/evaluation-suites'))[1]['suites']).length, 1);
    assert.equal((await ask('GET', '/evaluation-suites/routed'))[0], 200);
    const [status, started] = await ask('POST', '/evaluations', { suite: 'routed', repetitions: 2 });
    assert.deepEqual([status, started['state'], started['by'], started['runs']], [202, 'running', 'ada', 2]);
    const [, done] = await ask('GET', `/evaluations/${String(started['id'])}?wait=true`);
    assert.deepEqual([done['state'], done['passed']], ['finished', true]);
    assert.equal(Object(done['results'])[1].scores[0].score, 1);
    const [, again] = await ask('POST', '/evaluations', { suite: 'routed', cases: ['one'] });
    const id = String(again['id']);
    await ask('GET', `/evaluations/${id}?wait=true`);
    const [, page] = await ask('GET', '/evaluations?suite=routed&limit=1');
    assert.equal(Object(page['evaluations'])[0].id, id);
    assert.equal(typeof page['next'], 'string');
    const [, comparison] = await ask('GET', `/evaluations/${id}/compare?with=${String(done['id'])}`);
    assert.equal(Object(comparison['cases'])[0].trend, 'same');
    assert.equal((await ask('POST', `/evaluations/${id}/cancel`))[1]['state'], 'finished');
    assert.deepEqual((await ask('DELETE', '/evaluation-suites/routed')).slice(0, 2), [
      200,
      { removed: true },
    ]);
  });

  it('say what is wrong, with code and mend', async () => {
    const codeOf = async (...args: Parameters<typeof ask>): Promise<readonly unknown[]> => {
      const [status, { code }] = await ask(...args);
      return [status, code];
    };
    assert.deepEqual(await codeOf('GET', '/evaluations/eval_none'), [404, 'AF_EVALUATION_UNKNOWN']);
    assert.deepEqual(await codeOf('POST', '/evaluations', { suite: 'none' }), [
      404,
      'AF_EVALUATION_SUITE_UNKNOWN',
    ]);
    assert.deepEqual(await codeOf('GET', '/evaluations?after=x'), [400, 'AF_EVALUATION_QUERY_INVALID']);
    assert.equal((await codeOf('POST', '/evaluations', { suite: 'none', repetitions: 0 }))[0], 400);
    const wrong = { ...suite, scorers: [{ use: 'taste' }] };
    assert.deepEqual(await codeOf('POST', '/evaluation-suites', wrong), [400, 'AF_EVALUATION_SUITE_INVALID']);
    assert.deepEqual(await codeOf('DELETE', '/evaluation-suites/none'), [404, 'AF_EVALUATION_SUITE_UNKNOWN']);
  });

  it('ask for permissions, and for that to run what is evaluated', async () => {
    await ask('POST', '/evaluation-suites', suite);
    const statusOf = async (...args: Parameters<typeof ask>): Promise<number> => (await ask(...args))[0];
    assert.equal(await statusOf('GET', '/evaluations', undefined, 'runs:read'), 403);
    assert.equal(await statusOf('GET', '/evaluations', undefined, 'evaluations:read'), 200);
    assert.equal(await statusOf('POST', '/evaluation-suites', suite, 'evaluations:read'), 403);
    const start = { suite: 'routed' };
    assert.equal(await statusOf('POST', '/evaluations', start, 'evaluations:write'), 403);
    assert.equal(await statusOf('POST', '/evaluations', start, 'runs:write'), 403);
    assert.equal(await statusOf('POST', '/evaluations', start, 'evaluations:write,runs:write'), 202);
  });
});
