import assert from 'node:assert/strict';
import { Secret } from '@agent-factory/sdk';
import { HttpRoute } from '@agent-factory/sdk/contracts';
import { rejectsWith } from '@agent-factory/sdk/testing';
import { createScrapeAnswer, openScrapeListener, type ScrapeListener } from '../src/scrape-listener.ts';
import { MetricsPlatform } from './support/metrics-platform.ts';

const token = '${secret:env:TOKEN}';
const page = { contentType: 'text/plain', text: async () => 'up 1\n' };

describe('scrapes on a port of their own', () => {
  let listener: ScrapeListener;
  before(async () => {
    listener = await openScrapeListener('127.0.0.1', 0);
    listener.handlers.push(createScrapeAnswer(page, new Secret('a token that nobody guesses')));
  });
  after(() => listener?.close());

  const ask = (init?: RequestInit, path = ''): Promise<number> =>
    fetch(listener.url + path, init).then(({ status }) => status);
  const authorization = 'Bearer a token that nobody guesses';

  it('are answered to whoever brings the token', async () => {
    const answer = await fetch(listener.url, { headers: { authorization } });
    assert.deepEqual([answer.status, await answer.text()], [200, 'up 1\n']);
    assert.equal(await ask(), 401);
    for (const other of [
      'Bearer a token that nobody guesse',
      'Bearer ',
      'Basic eDp5',
      authorization.slice(7),
    ])
      assert.equal(await ask({ headers: { authorization: other } }), 401, other);
  });

  it('are for one path and one method', async () => {
    assert.equal(await ask({ headers: { authorization } }, '/x'), 404);
    assert.equal(await ask({ headers: { authorization }, method: 'POST' }), 405);
  });

  it('are not served where the port is taken, nor to others without a token', async () => {
    const port = Number(new URL(listener.url).port);
    await rejectsWith(openScrapeListener('127.0.0.1', port), 'AF_METRICS_LISTEN');
    const refusal: unknown = await MetricsPlatform.open({ host: '0.0.0.0', port: 0 }).catch(
      (error: unknown) => error,
    );
    assert.equal(Object(Object(refusal).cause).code, 'AF_METRICS_UNPROTECTED');
  });

  it('are served by a platform that sets a port, also after the plugin is loaded again', async () => {
    const on = await MetricsPlatform.open({ port: 0, token });
    try {
      const url = /http:[^"]+\/metrics/.exec(
        on.log.findLast((line) => line.includes('are served')) ?? '',
      )?.[0];
      const page = async (headers: Record<string, string>): Promise<number> =>
        (await fetch(url ?? '', { headers })).status;
      assert.deepEqual([await page({}), await page({ authorization })], [401, 200]);
      await on.reload({ port: 0 });
      assert.equal(await page({}), 200);
    } finally {
      await on.close();
    }
  });
});

describe('the route of metrics', () => {
  it('asks for a permission of the platform: they are of all tenants', async () => {
    const on = await MetricsPlatform.open();
    try {
      const route = on.kernel.all(HttpRoute).find(({ value }) => value.operationId === 'getMetrics');
      assert.equal(route?.value.permission, 'metrics:read');
      const answer = await on.ask('/metrics');
      assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    } finally {
      await on.close();
    }
  });
});
