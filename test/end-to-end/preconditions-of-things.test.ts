import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { Accounts, HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const env = { KEY_SECRET: 'a secret of at least thirty-two characters' };
const isNew = { 'if-none-match': '*' };

/** Something that is changed by the API. */
interface Thing {
  readonly path: string;
  readonly method: 'PUT' | 'PATCH';
  /** The body of a change that differs from all others. */
  change(round: number): JsonObject;
  /** It is always there: nobody can make it, and after it was removed it is as at first. */
  readonly isFixed: boolean;
}

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`things that several change by the API, on ${engine}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    /** Two processes of one platform. */
    const kernels: TestKernel[] = [];
    const things = new Map<string, Thing>();
    before(async () => {
      storage = await open();
      for (let at = 0; at < 2; at++) {
        const dataDir = kernels[0]?.dataDir;
        kernels.push(
          await bootTestKernel({
            baseDir: import.meta.dirname,
            env,
            ...(dataDir !== undefined && { dataDir }),
            plugins: [
              storage.plugin,
              '@agent-factory/plugin-journal-sql',
              '@agent-factory/plugin-jobs-local',
              '@agent-factory/plugin-agent-runtime',
              '@agent-factory/plugin-accounts-sql',
              '@agent-factory/plugin-quotas-sql',
              '@agent-factory/plugin-settings-sql',
              { use: '@agent-factory/plugin-webhooks', config: { keySecret: '${secret:env:KEY_SECRET}' } },
              { use: '@agent-factory/plugin-http-api', config: { port: 0, rateLimits: [] } },
            ],
          }),
        );
      }
      const accounts = kernels[0]?.use(Accounts);
      const account = await accounts?.create({ kind: 'service', name: 'Somebody' });
      await accounts?.setMember('default', account?.id ?? '', { roles: ['viewer'] });
      const webhook = await send(
        'POST',
        'webhooks',
        {},
        { url: 'https://hook.example/', events: ['run.failed'] },
      );
      const { id } = webhook.body['webhook'] as { readonly id: string }; // as its schema says
      things.set('a role', {
        path: 'roles/lead',
        method: 'PUT',
        change: (round) => ({ description: `Round ${round}`, permissions: [] }),
        isFixed: false,
      });
      things.set('a member', {
        path: `members/${account?.id}`,
        method: 'PUT',
        change: (round) => ({
          roles: ['viewer'],
          grants: [{ permission: 'agents:read', resource: `agents/a${round}` }],
        }),
        isFixed: false,
      });
      things.set('a webhook', {
        path: `webhooks/${id}`,
        method: 'PATCH',
        change: (round) => ({ description: `Round ${round}` }),
        isFixed: false,
      });
      things.set('quotas', {
        path: 'tenants/default/quotas',
        method: 'PUT',
        change: (round) => ({ runsAtOnce: 1000 + round }),
        isFixed: true,
      });
      things.set('a setting', {
        path: 'settings/agent-runtime.runLimits',
        method: 'PUT',
        change: (round) => ({ value: { turns: 10 + round } }),
        isFixed: true,
      });
    });
    after(async () => {
      for (const kernel of kernels.reverse()) await kernel.close();
      await storage?.close();
    });

    const send = async (
      method: string,
      path: string,
      headers: Record<string, string> = {},
      body?: JsonObject,
      at = 0,
    ) => {
      const answer = await fetch(`${kernels[at % 2]?.use(HttpServer).url()}/api/v1/${path}`, {
        method,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const told = (text === '' ? {} : JSON.parse(text)) as JsonObject; // an object, as every route answers
      return { status: answer.status, tag: answer.headers.get('etag') ?? '', body: told, code: told['code'] };
    };
    const failed = [412, 'AF_HTTP_PRECONDITION_FAILED'];

    for (const name of ['a role', 'a member', 'a webhook', 'quotas', 'a setting']) {
      it(`keep the change of whoever was first: ${name}`, async () => {
        const thing = things.get(name);
        assert.ok(thing);
        const { path, method, change, isFixed } = thing;
        const put = (round: number, headers: Record<string, string>, at = 0) =>
          send(method, path, headers, change(round), at);
        if (method === 'PUT' && name !== 'a member') {
          const made = await put(0, isNew);
          assert.equal(made.status, isFixed ? 412 : 200);
          assert.equal((await put(0, isNew)).status, 412);
          await put(0, {});
        }
        for (let round = 1; round <= 3; round++) {
          const { tag } = await send('GET', path);
          assert.match(tag, /^".+"$/);
          const rivals = Array.from({ length: 8 }, (_, at) => put(round * 100 + at, { 'if-match': tag }, at));
          const all = (await Promise.all(rivals)).map(({ status, code }) => [status, code]);
          assert.equal(all.filter(([status]) => status === 200).length, 1, JSON.stringify(all));
          assert.deepEqual(
            all.filter(([status]) => status !== 200),
            Array.from({ length: 7 }, () => failed),
          );
          const now = await send('GET', path);
          assert.notEqual(now.tag, tag);
          assert.equal(
            (await send('GET', path, {}, undefined, 1)).tag,
            now.tag,
            'the same in both processes',
          );
          assert.equal((await send('DELETE', path, { 'if-match': tag })).status, 412);
        }
        assert.equal((await put(7, { 'if-match': '*' })).status, 200);
        const { tag } = await send('GET', path);
        assert.equal((await send('DELETE', path, { 'if-match': tag })).status, 200);
        const gone = await send('DELETE', path, { 'if-match': '*' });
        assert.equal(gone.status >= 400, !isFixed);
      });
    }

    it('are told to be as they were, where nothing in them changes by itself', async () => {
      for (const path of ['roles/viewer', 'settings/agent-runtime.runLimits']) {
        const { tag } = await send('GET', path);
        assert.equal((await send('GET', path, { 'if-none-match': tag })).status, 304, path);
      }
      assert.equal((await send('GET', 'roles/nobody')).status, 404);
      assert.equal((await send('GET', 'members/nobody')).status, 404);
    });
  });
}
