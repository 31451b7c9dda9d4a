import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { Accounts, ApiKeys, builtInRoles, HttpServer } from '@agent-factory/sdk/contracts';
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
  /** Nobody can remove it. Default false. */
  readonly isKept?: boolean;
}

const suite = (name: string, description: string): JsonObject => ({
  name,
  description,
  version: '1.0.0',
  target: { kind: 'agent', name: 'asked' },
  cases: [{ name: 'one', input: 'Hi' }],
});

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`things that several change by the API, on ${engine}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    /** Two processes of one platform. */
    const kernels: TestKernel[] = [];
    const proven: Record<string, string> = {};
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
              { use: '@agent-factory/plugin-llm-scripted', config: { scripts: { any: ['Yes.'] } } },
              '@agent-factory/plugin-agent-runtime',
              '@agent-factory/plugin-vector-sql',
              '@agent-factory/plugin-knowledge-vector',
              '@agent-factory/plugin-blueprints',
              './fixtures/desk',
              '@agent-factory/plugin-evaluations',
              { use: '@agent-factory/plugin-auth-api-key', config: { keepMs: 0 } },
              '@agent-factory/plugin-accounts-sql',
              '@agent-factory/plugin-quotas-sql',
              '@agent-factory/plugin-settings-sql',
              { use: '@agent-factory/plugin-webhooks', config: { keySecret: '${secret:env:KEY_SECRET}' } },
              { use: '@agent-factory/plugin-http-api', config: { port: 0, rateLimits: [] } },
            ],
          }),
        );
      }
      const [kernel] = kernels;
      assert.ok(kernel);
      const accounts = kernel.use(Accounts);
      const owner = await accounts.create({ kind: 'service', name: 'The owner' });
      await accounts.setMember('default', owner.id, { roles: Object.keys(builtInRoles) });
      const keys = kernel.use(ApiKeys).tenant('default');
      const { secret } = await keys.create({ account: owner.id, name: 'all', by: owner.id });
      proven['authorization'] = `Bearer ${secret}`;
      const account = await accounts.create({ kind: 'service', name: 'Somebody' });
      await accounts.setMember('default', account.id, { roles: ['viewer'] });
      const asked = { instructions: 'Answer.', model: 'scripted/any' };
      assert.equal((await send('PUT', 'agents/asked', {}, asked)).status, 200);
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
        path: `members/${account.id}`,
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
      things.set('a knowledge base', {
        path: 'knowledge/handbook',
        method: 'PUT',
        change: (round) => ({
          name: 'handbook',
          description: `Round ${round}`,
          sources: [{ type: 'text', title: 'hours.md', text: `Open from ${round}.` }],
        }),
        isFixed: false,
      });
      things.set('an evaluation suite', {
        path: 'evaluation-suites/answers',
        method: 'PUT',
        change: (round) => suite('answers', `Round ${round}`),
        isFixed: false,
      });
      things.set('whether an account is disabled', {
        path: `accounts/${account.id}/disabled`,
        method: 'PUT',
        change: (round) => ({ disabled: Math.floor(round / 100) % 2 === 1 }),
        isFixed: true,
        isKept: true,
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
        headers: { ...proven, ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const told = (text === '' ? {} : JSON.parse(text)) as JsonObject; // an object, as every route answers
      return { status: answer.status, tag: answer.headers.get('etag') ?? '', body: told, code: told['code'] };
    };
    const failed = [412, 'AF_HTTP_PRECONDITION_FAILED'];
    /** The part of a tag that is of what somebody sets. */
    const setIn = (tag: string): string | undefined => /^"([^"~]+)/.exec(tag)?.[1];

    const names = [
      ...['a role', 'a member', 'a webhook', 'quotas', 'a setting', 'a knowledge base'],
      ...['an evaluation suite', 'whether an account is disabled'],
    ];
    /** While documents are taken in, a base is not removed. */
    const remove = async (path: string, tag: string) => {
      for (;;) {
        const answer = await send('DELETE', path, { 'if-match': tag });
        if (answer.code !== 'AF_KNOWLEDGE_BUSY') return answer;
      }
    };
    for (const name of names) {
      it(`keep the change of whoever was first: ${name}`, async () => {
        const thing = things.get(name);
        assert.ok(thing);
        const { path, method, change, isFixed, isKept = false } = thing;
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
          assert.notEqual(setIn(now.tag), setIn(tag));
          assert.equal(
            setIn((await send('GET', path, {}, undefined, 1)).tag),
            setIn(now.tag),
            'the same in both processes',
          );
          if (!isKept) assert.equal((await remove(path, tag)).status, 412);
        }
        assert.equal((await put(7, { 'if-match': '*' })).status, 200);
        if (isKept) return;
        const { tag } = await send('GET', path);
        const { status } = await remove(path, tag);
        assert.ok(status === 200 || status === 204);
        const gone = await remove(path, '*');
        assert.equal(gone.status >= 400, !isFixed);
      });
    }

    const removed: readonly (readonly [name: string, make: () => Promise<string>])[] = [
      [
        'an API key',
        async () => idPath('keys', (await send('POST', 'keys', {}, { name: 'one' })).body['key']),
      ],
      [
        'an evaluation suite',
        async () => {
          await send('POST', 'evaluation-suites', {}, suite('once', 'Once'));
          return 'evaluation-suites/once';
        },
      ],
      [
        'a blueprint',
        async () => {
          await send('POST', 'blueprints/desk/install', {}, {});
          return 'blueprints/desk';
        },
      ],
      [
        'a tenant',
        async () => {
          const rivals = Array.from({ length: 8 }, (_, at) => send('PUT', 'tenants/acme', isNew, {}, at));
          const all = (await Promise.all(rivals)).map(({ status, code }) => [status, code]);
          assert.equal(all.filter(([status]) => status === 200).length, 1, JSON.stringify(all));
          assert.equal(all.filter(([status]) => status === 412).length, 7, JSON.stringify(all));
          return 'tenants/acme';
        },
      ],
    ];
    for (const [name, make] of removed) {
      it(`are removed by whoever was first: ${name}`, async () => {
        const path = await make();
        const { tag } = await send('GET', path);
        assert.match(tag, /^".+"$/);
        assert.deepEqual(
          await send('DELETE', path, { 'if-match': '"another"' }).then(({ status, code }) => [status, code]),
          failed,
        );
        assert.equal((await send('GET', path)).tag, tag);
        const rivals = Array.from({ length: 8 }, (_, at) =>
          send('DELETE', path, { 'if-match': tag }, undefined, at),
        );
        const all = (await Promise.all(rivals)).map(({ status, code }) => [status, code]);
        assert.equal(all.filter(([status]) => status === 200).length, 1, JSON.stringify(all));
        assert.deepEqual(
          all.filter(([status]) => status !== 200),
          Array.from({ length: 7 }, () => failed),
        );
        assert.notEqual((await send('GET', path)).tag, tag);
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

function idPath(kind: string, thing: unknown): string {
  return `${kind}/${(thing as { readonly id: string }).id}`; // as its schema says
}
