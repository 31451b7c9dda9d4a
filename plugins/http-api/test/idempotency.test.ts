import assert from 'node:assert/strict';
import type { InMemoryPlugin } from '@agent-factory/sdk';
import { accessErrors, RequestLedger } from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';

/** Takes every request for new, and cannot write down what became of it. */
const failing: RequestLedger = {
  tenant: async () => ({
    begin: async () => ({ state: 'new', claim: 'x' }),
    done: () => Promise.reject(new Error('the disk is full')),
    forget: () => Promise.reject(new Error('the disk is full')),
  }),
};
const pluginWith = (ledger: RequestLedger): InMemoryPlugin =>
  testPlugin('ledger', [RequestLedger], (ctx) => {
    ctx.provide(RequestLedger, ledger);
  });
const post = async (api: TestApi, path: string, key = 'k') => {
  const headers = { 'idempotency-key': key };
  const answer = await fetch(`${api.url}/api/v1/${path}`, { method: 'POST', headers });
  return { status: answer.status, body: Object(await answer.json()) };
};

describe('a request with a key whose end cannot be written down', () => {
  let api: TestApi;
  before(async () => {
    const things = routesPlugin(
      'things',
      route('/api/v1/thing', { method: 'POST', handler: async () => ({ body: { made: true } }) }),
      route('/api/v1/refused', {
        method: 'POST',
        handler: async () => {
          throw accessErrors.AF_ACCESS_DENIED({ permission: 'things:write', on: '' });
        },
      }),
    );
    api = await bootApi([pluginWith(failing), things]);
  });
  after(() => api?.close());

  const told = (): number => api.log.filter((line) => line.includes('the disk is full')).length;

  it('is answered with what it came to all the same, and the log says so', async () => {
    assert.deepEqual(await post(api, 'thing'), { status: 200, body: { made: true } });
    assert.equal(told(), 1);
  });

  it('is answered with what went wrong first', async () => {
    const before = told();
    const { status, body } = await post(api, 'refused');
    assert.deepEqual([status, body['code']], [403, 'AF_ACCESS_DENIED']);
    assert.equal(told(), before + 1);
  });
});

describe('what is kept of a request with a key', () => {
  it('is told apart with the key, so that nobody guesses from it what was asked', async () => {
    const prints: string[] = [];
    const ledger: RequestLedger = {
      tenant: async () => ({
        begin: async ({ fingerprint }) => {
          prints.push(fingerprint);
          return { state: 'new', claim: 'x' };
        },
        done: async () => {},
        forget: async () => {},
      }),
    };
    const thing = route('/api/v1/thing', { method: 'POST', handler: async () => ({ body: null }) });
    const api = await bootApi([pluginWith(ledger), routesPlugin('things', thing)]);
    try {
      for (const key of ['one', 'one', 'two']) await post(api, 'thing', key);
      assert.equal(prints[0], prints[1]);
      assert.notEqual(prints[1], prints[2]);
    } finally {
      await api.close();
    }
  });
});

describe('a request with a key that nobody waits for any more', () => {
  it('is not carried out, and is forgotten', async () => {
    const [found, forgotten] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: RequestLedger = {
      tenant: async () => ({
        begin: async () => {
          await found.promise;
          return { state: 'new', claim: 'x' };
        },
        done: async () => {},
        forget: async () => forgotten.resolve(),
      }),
    };
    let made = 0;
    const things = routesPlugin(
      'things',
      route('/api/v1/thing', {
        method: 'POST',
        handler: async () => {
          made += 1;
          return { body: null };
        },
      }),
    );
    const api = await bootApi([pluginWith(slow), things], { requestTimeoutMs: 1000 });
    try {
      assert.equal((await post(api, 'thing')).body['code'], 'AF_HTTP_TIMEOUT');
      found.resolve();
      await forgotten.promise;
      assert.equal(made, 0);
    } finally {
      await api.close();
    }
  });
});
