import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { InMemoryPlugin, Json } from '@agent-factory/sdk';
import {
  Accounts,
  ApiKeys,
  AuditLog,
  HttpRoute,
  HttpServer,
  Permission,
  RequestLedger,
  TenantStorage,
  type HttpReply,
} from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  rollBack,
  runTask,
  testPlugin,
  waitFor,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const at = (name: string): string => join(dirname(folder), name);

/** A plugin that counts what it carries out. */
class Counter {
  done = 0;
  /** What the next call waits for. */
  held: Promise<void> = Promise.resolve();
  reply: () => HttpReply = () => ({ status: 201, headers: { location: '/x' }, body: { number: this.done } });

  plugin(): InMemoryPlugin {
    const shared = {
      tag: 'Test',
      permission: 'counts:write',
      params: { type: 'object', properties: { name: { type: 'string' } } },
      body: { type: 'object' },
      responses: {
        200: { description: 'As it goes on.', contentType: 'text/event-stream' },
        201: { description: 'Counted.' },
      },
      rate: 'write',
      handler: async (): Promise<HttpReply> => {
        this.done += 1;
        await this.held;
        return this.reply();
      },
    } as const;
    return testPlugin('counter', [HttpRoute, Permission], (ctx) => {
      ctx.contribute(Permission, { name: 'counts:write', description: 'Count.', roles: ['builder'] });
      ctx.contribute(HttpRoute, {
        ...shared,
        method: 'POST',
        path: '/api/v1/counts/{name}',
        operationId: 'count',
        summary: 'Count.',
      });
      ctx.contribute(HttpRoute, {
        ...shared,
        method: 'PUT',
        path: '/api/v1/counts/{name}',
        operationId: 'countSecretly',
        summary: 'Count, and tell a secret.',
        secretAnswer: true,
      });
    });
  }
}

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`idempotency-sql on ${engine}`, () => {
    let fresh: FreshStorage;
    let kernel: TestKernel;
    let counter: Counter;
    const keys = new Map<string, string>();
    before(async function () {
      this.timeout(60_000);
      fresh = await open();
      counter = new Counter();
      kernel = await bootTestKernel({
        plugins: [
          fresh.plugin,
          at('accounts-sql'),
          at('audit-sql'),
          at('auth-api-key'),
          folder,
          counter.plugin(),
          { use: at('http-api'), config: { port: 0, rateLimits: [] } },
        ],
      });
      for (const [who, tenant] of [
        ['ann', 'acme'],
        ['bob', 'acme'],
        ['ann-elsewhere', 'globex'],
      ] as const) {
        await kernel.use(TenantStorage).create(tenant);
        const accounts = kernel.use(Accounts);
        const { id } = await accounts.create({ kind: 'service', name: who });
        await accounts.setMember(tenant, id, { roles: ['builder'] });
        keys.set(
          who,
          (await kernel.use(ApiKeys).tenant(tenant).create({ account: id, name: who, by: id })).secret,
        );
      }
    });
    after(async () => {
      await kernel?.close();
      await fresh?.close();
    });
    beforeEach(() => {
      const was = counter;
      was.done = 0;
      was.held = Promise.resolve();
      was.reply = () => ({ status: 201, headers: { location: '/x' }, body: { number: was.done } });
    });

    const send = async (
      key: string | undefined,
      { who = 'ann', path = 'a', body = {} as Json, method = 'POST' } = {},
    ): Promise<{
      readonly status: number;
      readonly body: Record<string, unknown>;
      readonly headers: Headers;
    }> => {
      const request: RequestInit = {
        method,
        headers: {
          authorization: `Bearer ${keys.get(who)}`,
          'content-type': 'application/json',
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      };
      const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/counts/${path}`, request);
      return { status: answer.status, body: Object(await answer.json()), headers: answer.headers };
    };

    it('carries out a request once, and answers it again as it was answered', async () => {
      const first = await send('once', { body: { a: 1, b: 2 } });
      const again = await send('once', { body: { b: 2, a: 1 } }); // the same, written otherwise
      assert.deepEqual([first.status, first.body], [201, { number: 1 }]);
      assert.deepEqual([again.status, again.body], [201, { number: 1 }]);
      assert.equal(first.headers.get('idempotent-replayed'), null);
      assert.deepEqual(
        [again.headers.get('idempotent-replayed'), again.headers.get('location')],
        ['true', '/x'],
      );
      await send(undefined);
      assert.equal(counter.done, 2);
    });

    it('leaves one entry in the audit log, since it was done once', async () => {
      for (let sent = 0; sent < 3; sent += 1)
        assert.equal((await send('audited', { path: 'audited' })).status, 201);
      const entries = await kernel.use(AuditLog).chain('acme').list({ limit: 50, action: 'count' });
      const mine = entries.filter(({ target }) => target === '/api/v1/counts/audited');
      assert.deepEqual(
        mine.map(({ outcome }) => outcome),
        ['done'],
      );
    });

    it('is each sender’s own, in each tenant', async () => {
      for (const who of ['ann', 'bob', 'ann-elsewhere'])
        assert.equal((await send('mine', { who })).status, 201);
      assert.equal(counter.done, 3);
    });

    it('refuses another request with the same key', async () => {
      await send('other', { body: { a: 1 } });
      for (const change of [
        { body: { a: 2 } },
        { body: { a: 1 }, path: 'b' },
        { body: { a: 1 }, path: 'a?x=1' },
      ]) {
        const { status, body } = await send('other', change);
        assert.deepEqual([status, body['code']], [422, 'AF_HTTP_IDEMPOTENCY_OTHER']);
      }
      assert.equal(counter.done, 1);
    });

    it('carries out one of several at the same moment', async () => {
      let letGo = (): void => {};
      counter.held = new Promise((resolve) => (letGo = resolve));
      const first = send('at-once');
      await waitFor('the first call', () => counter.done === 1);
      const rest = await Promise.all(Array.from({ length: 5 }, () => send('at-once')));
      for (const { status, body } of rest)
        assert.deepEqual([status, body['code']], [409, 'AF_HTTP_IDEMPOTENCY_RUNNING']);
      letGo();
      assert.equal((await first).status, 201);
      assert.equal((await send('at-once')).headers.get('idempotent-replayed'), 'true');
      assert.equal(counter.done, 1);
    });

    it('forgets what failed, so that it can be sent again', async () => {
      counter.reply = () => {
        throw new Error('a test');
      };
      assert.equal((await send('fails')).status, 500);
      counter.reply = () => ({ status: 201, body: { number: 7 } });
      assert.deepEqual((await send('fails')).body, { number: 7 });
    });

    it('keeps no secret, cookie or stream, and carries out none of these again', async () => {
      const answers: Record<string, () => HttpReply> = {
        cookie: () => ({ status: 201, headers: { 'set-cookie': 'a=SECRET' }, body: null }),
        stream: () => ({ stream: (async function* () {})() }),
      };
      for (const [name, reply] of Object.entries(answers)) {
        counter.reply = reply;
        if (name === 'stream') {
          const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/counts/a`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${keys.get('ann')}`,
              'content-type': 'application/json',
              'idempotency-key': name,
            },
            body: '{}',
          });
          await answer.text();
        } else assert.equal((await send(name)).status, 201);
        assert.deepEqual([(await send(name)).body['code']], ['AF_HTTP_IDEMPOTENCY_DONE'], name);
      }
      counter.reply = () => ({ status: 201, body: 'SECRET' });
      assert.equal((await send('secret', { method: 'PUT' })).status, 201);
      assert.equal((await send('secret', { method: 'PUT' })).body['code'], 'AF_HTTP_IDEMPOTENCY_DONE');
      assert.equal(counter.done, 3);
      const acme = await kernel.use(TenantStorage).tenant('acme');
      const rows = JSON.stringify(await acme.query('SELECT * FROM af_idempotency_sql_requests'));
      assert.ok(!rows.includes('SECRET') && rows.includes('fingerprint'));
    });

    it('refuses what is no key', async () => {
      for (const key of ['a b', 'x'.repeat(256), 'é'])
        assert.equal((await send(key)).body['code'], 'AF_HTTP_IDEMPOTENCY_KEY', key);
      assert.equal(counter.done, 0);
    });

    it('forgets keys in time, and takes for lost what did not end', async () => {
      const acme = await kernel.use(TenantStorage).tenant('acme');
      const ledger = await kernel.use(RequestLedger).tenant('acme');
      const begun = await ledger.begin({ key: 'k', fingerprint: 'f' });
      assert.equal(begun.state, 'new');
      assert.equal((await ledger.begin({ key: 'k', fingerprint: 'f' })).state, 'running');
      await acme.execute('UPDATE af_idempotency_sql_requests SET expires_at = 1');
      const taken = await ledger.begin({ key: 'k', fingerprint: 'f' });
      assert.equal(taken.state, 'new');
      // Whoever was taken for lost says no more about it.
      if (begun.state === 'new') {
        await ledger.done('k', begun.claim);
        await ledger.forget('k', begun.claim);
      }
      assert.equal((await ledger.begin({ key: 'k', fingerprint: 'f' })).state, 'running');
      await acme.execute('UPDATE af_idempotency_sql_requests SET expires_at = 1');
      const { removed } = await runTask(kernel, 'idempotency-sweep');
      assert.ok(Number(removed) >= 1);
    });

    describe('at the end', () => {
      it('has a way back', async () => {
        const undone = await rollBack(kernel, 'idempotency-sql', 'tenant');
        assert.ok(undone.length >= 1);
      });
    });
  });
}
