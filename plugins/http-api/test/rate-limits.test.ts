import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { createMemoryRateLimiter } from '@agent-factory/sdk/contracts';
import { rateLimiterSuite } from '@agent-factory/sdk/testing';
import { addressOf } from '../src/rate-limits.ts';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { names } from './support/names.ts';

const day = 86_400;
const things = routesPlugin(
  'things',
  route('/api/v1/things', {}),
  route('/api/v1/things', { method: 'POST', rate: 'write', body: { type: 'object' } }),
  route('/api/v1/several', {
    method: 'POST',
    rate: 'run',
    body: { type: 'array' },
    calls: (body) => (body as readonly unknown[]).length, // as its schema says
  }),
  route('/api/v1/login', { method: 'POST', rate: 'login', permission: { public: 'A test.' } }),
);
const rule = (by: string, limit: number, ...classes: string[]): JsonObject => ({
  by,
  limit,
  classes,
  seconds: day,
});

describe('the memory rate limiter', () => {
  const open = async () => {
    let now = 0;
    const elapse = async (ms: number): Promise<void> => void (now += ms);
    return { limiter: createMemoryRateLimiter(() => now), elapse, close: async () => {} };
  };
  for (const { name, run } of rateLimiterSuite(open)) it(name, run);

  it('forgets the oldest of more than it can keep, and counts on', async () => {
    const limiter = createMemoryRateLimiter(() => 0);
    const take = (key: string) => limiter.take([{ key, limit: 1, windowMs: 1000 }]);
    for (let number = 0; number <= 100_000; number += 1) await take(`k${number}`);
    assert.equal((await take('k100000')).allowed, false);
    assert.equal((await take('k0')).allowed, true);
  });
});

describe('rate limits of the API', () => {
  let api: TestApi;
  afterEach(() => api.close());
  const boot = async (...rateLimits: JsonObject[]): Promise<void> => {
    api = await bootApi([names, things], { rateLimits, proxies: 1 });
  };
  const call = (
    method: string,
    path: string,
    as?: string,
    headers: Record<string, string> = {},
    body = '{}',
  ) =>
    fetch(`${api.url}/api/v1/${path}`, {
      method,
      headers: {
        'x-forwarded-for': '192.0.2.1',
        ...(as !== undefined && { authorization: `Bearer ${as}` }),
        ...(method === 'POST' && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(method === 'POST' && { body }),
    });

  it('say in every answer how much is left', async () => {
    await boot(rule('user', 2, 'read'), rule('tenant', 5, 'read', 'write'));
    const { headers } = await call('GET', 'things', 'ann');
    assert.equal(
      headers.get('ratelimit-policy'),
      `"user-read";q=2;w=${day}, "tenant-read-write";q=5;w=${day}`,
    );
    assert.match(
      headers.get('ratelimit') ?? '',
      /^"user-read";r=1;t=43200, "tenant-read-write";r=4;t=17280$/,
    );
  });

  it('refuse a user what is too much, say when to come again, and leave others alone', async () => {
    await boot(rule('user', 2, 'read'));
    for (const _ of [1, 2]) assert.equal((await call('GET', 'things', 'ann')).status, 200);
    const refused = await call('GET', 'things', 'ann');
    assert.equal(refused.status, 429);
    assert.ok(Math.abs(Number(refused.headers.get('retry-after')) - day / 2) < 60);
    const problem = (await refused.json()) as JsonObject;
    assert.deepEqual([problem['code'], problem['retryable']], ['AF_HTTP_RATE_LIMITED', true]);
    assert.match(refused.headers.get('ratelimit') ?? '', /^"user-read";r=0/);
    assert.equal((await call('POST', 'things', 'ann')).status, 200); // another class
    assert.equal((await call('GET', 'things', 'ben')).status, 403); // another user, who may not anyway
  });

  it('count each of several calls in one request, and say what is left after all of them', async () => {
    await boot(rule('user', 5, 'run'));
    const several = (count: number) =>
      call('POST', 'several', 'ann', {}, JSON.stringify(Array(count).fill(1)));
    const first = await several(3);
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('ratelimit-policy'), `"user-run";q=5;w=${day}`);
    assert.match(first.headers.get('ratelimit') ?? '', /^"user-run";r=2;t=\d+$/);
    assert.equal((await several(4)).status, 429);
    assert.equal((await several(1)).status, 429); // what was asked for too much is used up as well
  });

  it('count a tenant together', async () => {
    await boot(rule('tenant', 2, 'read'));
    await call('GET', 'things', 'ann');
    await call('GET', 'things', 'ben'); // of the same tenant; it counts although it is refused
    assert.equal((await call('GET', 'things', 'ann')).status, 429);
    assert.equal((await call('GET', 'things', 'cleo')).status, 403);
  });

  it('count an address before anybody is asked who they are', async () => {
    await boot(rule('address', 2, 'login', 'read'));
    await call('POST', 'login');
    await call('GET', 'things', 'nobody at all');
    assert.equal((await call('GET', 'things', 'nobody at all')).status, 429);
    assert.equal((await call('POST', 'login')).status, 429);
    assert.equal((await call('POST', 'login', undefined, { 'x-forwarded-for': '192.0.2.2' })).status, 200);
    // What a caller writes there itself stands before what the proxy adds.
    const forged = { 'x-forwarded-for': '198.51.100.9, 192.0.2.1' };
    assert.equal((await call('POST', 'login', undefined, forged)).status, 429);
  });

  it('count whoever cannot prove who they are by their address, and leave alone who can', async () => {
    await boot(rule('address', 2, 'refused'));
    for (const _ of [1, 2]) assert.equal((await call('GET', 'things', 'nobody at all')).status, 401);
    const refused = await call('GET', 'things');
    assert.equal(refused.status, 429);
    assert.match(refused.headers.get('ratelimit') ?? '', /^"address-refused";r=0/);
    assert.equal((await call('GET', 'things', 'ann')).status, 200); // from the same address
    assert.equal((await call('GET', 'things', undefined, { 'x-forwarded-for': '192.0.2.2' })).status, 401);
  });

  it('cannot count by a user who is not known', async () => {
    await assert.rejects(
      bootApi([names, things], { rateLimits: [rule('user', 2, 'refused')] }),
      (error: Error) => /rateLimits\/0.*by/.test(JSON.stringify(error)),
    );
    await boot();
  });

  it('refuse before anything that was sent is read', async () => {
    await boot(rule('user', 1, 'write'));
    await call('POST', 'things', 'ann');
    assert.equal((await call('POST', 'things', 'ann', {}, 'no JSON')).status, 429);
  });

  it('leave alone whoever reaches a server without a login', async () => {
    api = await bootApi([things], { rateLimits: [rule('user', 1, 'read'), rule('address', 1, 'read')] });
    for (const _ of [1, 2, 3]) assert.equal((await call('GET', 'things')).status, 200);
  });

  it('take an IPv6 network for one address, and the last proxy at its word alone', async () => {
    await boot();
    const from = (remoteAddress: string, forwarded?: string, proxies = 0): string =>
      addressOf(
        {
          socket: { remoteAddress },
          headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
        },
        proxies,
      );
    assert.equal(from('::ffff:192.0.2.7'), '192.0.2.7');
    assert.equal(from('2001:db8:0:12::1'), from('2001:0db8:0000:0012:ffff:ffff:ffff:ffff'));
    assert.notEqual(from('2001:db8:0:12::1'), from('2001:db8:0:13::1'));
    assert.equal(from('192.0.2.7', '198.51.100.1'), '192.0.2.7');
    assert.equal(from('192.0.2.7', '203.0.113.9, 198.51.100.1', 1), '198.51.100.1');
    assert.equal(from('192.0.2.7', '203.0.113.9, 198.51.100.1', 2), '203.0.113.9');
    assert.equal(from('192.0.2.7', undefined, 1), '192.0.2.7');
  });
});
