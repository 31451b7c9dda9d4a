import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { Accounts, ApiKeys, builtInRoles, HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, waitFor, type TestKernel } from '@agent-factory/sdk/testing';
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
    /** Sends eight requests to two processes, of which one is carried out. */
    const ofEightOne = async (one: (at: number) => ReturnType<typeof send>): Promise<void> => {
      const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => one(at)));
      const failed = answers.filter(({ status }) => status !== 200).map(({ status, code }) => [status, code]);
      const expected = Array.from({ length: 7 }, () => [412, 'AF_HTTP_PRECONDITION_FAILED']);
      assert.deepEqual(failed, expected);
    };
    /** The part of a tag that is of what somebody sets. */
    const setIn = (tag: string): string | undefined => /^"([^"~]+)/.exec(tag)?.[1];

    const names = [
      'a role',
      'a member',
      'a webhook',
      'quotas',
      'a setting',
      'a knowledge base',
      'an evaluation suite',
      'whether an account is disabled',
    ];
    /** While documents are taken in, a base is not removed. */
    const remove = (path: string, tag: string): Promise<number> =>
      waitFor('the right to remove it', async () => {
        const { status, code } = await send('DELETE', path, { 'if-match': tag });
        return code !== 'AF_KNOWLEDGE_BUSY' && status;
      });
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
          await ofEightOne((at) => put(round * 100 + at, { 'if-match': tag }, at));
          const now = await send('GET', path);
          assert.notEqual(setIn(now.tag), setIn(tag));
          assert.equal(
            setIn((await send('GET', path, {}, undefined, 1)).tag),
            setIn(now.tag),
            'the same in both processes',
          );
          if (!isKept) assert.equal(await remove(path, tag), 412);
        }
        assert.equal((await put(7, { 'if-match': '*' })).status, 200);
        if (isKept) return;
        const { tag } = await send('GET', path);
        assert.ok([200, 204].includes(await remove(path, tag)));
        assert.equal((await remove(path, '*')) >= 400, !isFixed);
      });
    }

    /** What is removed, and how it is made first. */
    const removed: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
      'evaluation-suites/once': () => send('POST', 'evaluation-suites', {}, suite('once', 'Once')),
      'blueprints/desk': (path) => send('POST', `${path}/install`, {}, {}),
      'tenants/acme': (path) => ofEightOne((at) => send('PUT', path, isNew, {}, at)),
    };
    const removedByOne = async (path: string): Promise<void> => {
      const { tag } = await send('GET', path);
      assert.match(tag, /^".+"$/);
      assert.equal((await send('DELETE', path, { 'if-match': '"another"' })).status, 412);
      assert.equal((await send('GET', path)).tag, tag);
      await ofEightOne((at) => send('DELETE', path, { 'if-match': tag }, undefined, at));
      assert.notEqual((await send('GET', path)).tag, tag);
    };
    for (const [path, make] of Object.entries(removed))
      it(`are removed by whoever was first: ${path}`, async () => {
        await make(path);
        await removedByOne(path);
      });
    it('are removed by whoever was first: an API key', async () => {
      const { key } = (await send('POST', 'keys', {}, { name: 'one' })).body;
      await removedByOne(`keys/${(key as { readonly id: string }).id}`); // as its schema says
    });

    it('are told to be as they were, where nothing in them changes by itself', async () => {
      for (const path of ['roles/viewer', 'settings/agent-runtime.runLimits']) {
        const { tag } = await send('GET', path);
        assert.equal((await send('GET', path, { 'if-none-match': tag })).status, 304, path);
      }
      for (const path of ['roles/nobody', 'members/nobody', 'tenants/nobody', 'keys/012345678901'])
        assert.equal((await send('GET', path)).status, 404, path);
      assert.equal((await send('GET', 'accounts/nobody/disabled')).status, 404);
    });

    it('are told anew where something in them changes by itself, which no precondition asks for', async () => {
      const path = 'knowledge/notes';
      const sources = [{ type: 'text', title: 'cat.md', text: 'Tom is a cat.' }];
      await send('PUT', path, isNew, { name: 'notes', sources });
      const look = (before?: number): Promise<number> =>
        waitFor('a look at the sources', async () => {
          const { lastIngest, isIngesting } = (await send('GET', path)).body;
          const { startedAt } = Object(lastIngest) as { readonly startedAt?: number };
          return !isIngesting && startedAt !== before && startedAt;
        });
      const first = await look();
      const { tag } = await send('GET', path);
      assert.equal((await send('GET', path, { 'if-none-match': tag })).status, 304);
      await send('POST', `${path}/ingest`);
      await look(first);
      const { tag: next } = await send('GET', path, { 'if-none-match': tag });
      assert.notEqual(next, tag);
      assert.equal(setIn(next), setIn(tag));
      assert.equal((await send('PUT', path, { 'if-match': tag }, { name: 'notes', sources })).status, 200);
    });
  });
}
