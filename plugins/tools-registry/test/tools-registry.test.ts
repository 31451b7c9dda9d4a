import assert from 'node:assert/strict';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import { TenantStorage, type TenantToolRegistry } from '@agent-factory/sdk/contracts';
import { rollBack, toolSourceSuite, waitFor } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { bootRegistry, callContext, storageFolder, type RegistryPlatform } from './support/boot-registry.ts';

interface Engine {
  readonly storage: string | PluginEntry;
  close(): Promise<void>;
}

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  SQLite: async () => ({ storage: storageFolder('sqlite'), close: async () => {} }),
  PostgreSQL: async () => {
    const { url, close } = await freshPostgres();
    return { storage: { use: storageFolder('postgres'), config: { url } }, close };
  },
};
const { signal } = new AbortController();

for (const [name, open] of Object.entries(engines)) {
  describe(`tools-registry on ${name}`, () => {
    let engine: Engine;
    let platform: RegistryPlatform;
    let made = 0;
    let tenant: string;
    let mine: TenantToolRegistry;
    before(async function () {
      this.timeout(60_000);
      engine = await open();
      platform = await bootRegistry(engine.storage, {
        registrations: [{ name: 'house', kind: 'words', spec: { words: ['trusted'] }, tenants: ['housed'] }],
        maxRegistrations: 3,
      });
      await platform.kernel.use(TenantStorage).create('housed');
    });
    after(async () => {
      await platform.kernel.close();
      await engine.close();
    });
    beforeEach(async () => {
      tenant = `t${++made}`;
      await platform.kernel.use(TenantStorage).create(tenant);
      mine = platform.registry.tenant(tenant);
      platform.state.fault = undefined;
      platform.state.gate = undefined;
    });

    const register = (as: string, spec: JsonObject, by?: string) =>
      mine.register({ name: as, kind: 'words', spec, ...(by !== undefined && { by }), signal });
    const names = async (): Promise<readonly string[]> =>
      (await platform.source.tools(tenant)).map((tool) => tool.name);

    describe('as a source of tools', () => {
      const openSource = async () => {
        const own = [`s${++made}`, `s${++made}`] as const;
        for (const id of own) await platform.kernel.use(TenantStorage).create(id);
        const first = platform.registry.tenant(own[0]);
        let words = ['a', 'b'];
        const put = async (): Promise<void> => {
          await first.register({ name: 'say', kind: 'words', spec: { words }, signal });
        };
        await put();
        return {
          source: platform.source,
          tenants: own,
          change: async () => {
            words = [...words, `w${words.length}`];
            await put();
          },
          close: async () => {
            for (const id of own) await platform.kernel.use(TenantStorage).erase(id);
          },
        };
      };
      for (const { name: says, run } of toolSourceSuite(openSource)) it(says, run);
    });

    it('keeps what is registered, by versions, and takes it away', async () => {
      const { registration, tools } = await register('say', { words: ['a'] }, 'ada');
      assert.deepEqual(
        [registration.version, registration.createdBy, tools.map((tool) => tool.name)],
        [1, 'ada', ['say_a']],
      );
      assert.deepEqual((await register('say', { words: ['a'] })).registration.createdBy, 'ada');
      const second = await register('say', { words: ['a', 'b'] });
      assert.equal(second.registration.version, 2);
      assert.deepEqual(await names(), ['say_a', 'say_b']);
      assert.deepEqual((await mine.get('say', { version: 1 }))?.spec, { words: ['a'] });
      assert.deepEqual((await mine.get('say'))?.spec, { words: ['a', 'b'] });
      assert.deepEqual(
        (await mine.versions('say')).map(({ version }) => version),
        [2, 1],
      );
      assert.equal(await mine.remove('say'), true);
      assert.equal(await mine.remove('say'), false);
      assert.deepEqual(await names(), []);
      assert.equal(await mine.get('say'), undefined);
      assert.equal((await register('say', { words: ['a'] })).registration.version, 3);
    });

    it('refuses what makes no tools, with every problem', async () => {
      await assert.rejects(register('say', { words: ['bad'] }), {
        code: 'AF_TOOLS_REGISTRY_INVALID',
        message: /spec\/words\/0: is no word\. Say another\./,
      });
      await assert.rejects(register('say', { wrds: [] }), {
        code: 'AF_TOOLS_REGISTRY_INVALID',
        message: /2 problem/,
      });
      await assert.rejects(register('Say It', { words: ['a'] }), { code: 'AF_TOOLS_REGISTRY_INVALID' });
      await assert.rejects(register('say', { words: ['trusted'] }), { code: 'AF_TOOLS_REGISTRY_INVALID' });
      await assert.rejects(mine.register({ name: 'say', kind: 'sayings', spec: {}, signal }), {
        code: 'AF_TOOLS_REGISTRY_KIND_UNKNOWN',
      });
      assert.deepEqual(await mine.list(), []);
    });

    it('refuses names that are taken, and more registrations than allowed', async () => {
      const code = 'AF_TOOLS_REGISTRY_NAME_TAKEN';
      await register('say', { words: ['it_loud'] });
      await assert.rejects(register('say_it', { words: ['loud'] }), { code, message: /registration "say"/ });
      await assert.rejects(register('own', { words: ['tool'] }), { code, message: /a plugin/ });
      for (const more of ['b', 'c']) await register(more, { words: ['x'] });
      await assert.rejects(register('d', { words: ['x'] }), { code: 'AF_TOOLS_REGISTRY_FULL' });
      await register('c', { words: ['y'] });
    });

    it('gives tenants what the operator registered for them, and lets nobody change it', async () => {
      const housed = platform.registry.tenant('housed');
      const [house] = await housed.list();
      assert.deepEqual([house?.origin, house?.tools], ['configuration', ['house_trusted']]);
      assert.deepEqual((await housed.get('house'))?.spec, { words: ['trusted'] });
      const code = 'AF_TOOLS_REGISTRY_NAME_TAKEN';
      await assert.rejects(housed.remove('house'), { code });
      await assert.rejects(
        housed.register({ name: 'house', kind: 'words', spec: { words: ['a'] }, signal }),
        { code },
      );
      assert.deepEqual(await names(), []);
    });

    it('lets calls of what was replaced end before it is closed', async () => {
      const { state, source } = platform;
      await register('say', { words: ['a'] });
      const tool = await source.tool(tenant, 'say_a');
      const gate = Promise.withResolvers<void>();
      state.gate = gate.promise;
      const call = tool?.run({}, callContext);
      await register('say', { words: ['b'] });
      assert.deepEqual(await names(), ['say_b']);
      // Closed is what was opened to look at the two registrations, not yet what is being called.
      const closed = (): number => state.closed.filter((one) => one === `${tenant}/say`).length;
      assert.equal(closed(), 2);
      gate.resolve();
      assert.equal(await call, 'a');
      await waitFor('the replaced one to be closed', () => closed() === 3);
    });

    it('leaves out the tools of a registration that cannot be reached, and says so', async () => {
      await register('say', { words: ['a'] });
      platform.state.fault = new Error('the server is away');
      assert.deepEqual(await names(), []);
      assert.equal((await mine.list())[0]?.problem, 'the server is away');
      await assert.rejects(platform.source.tool(tenant, 'say_a'), /the server is away/);
      assert.equal(await platform.source.tool(tenant, 'other'), undefined);
      platform.state.fault = undefined;
      assert.deepEqual(await names(), ['say_a']);
    });

    it('passes on that tools changed by themselves', async () => {
      await register('say', { words: ['a'] });
      await names();
      const told: (string | undefined)[] = [];
      const stop = platform.source.onChange((id) => told.push(id));
      platform.state.change();
      await stop();
      assert.ok(told.includes(tenant));
    });

    it('is seen by other processes', async function () {
      this.timeout(20_000);
      const { dataDir } = platform.kernel;
      const other = await bootRegistry(engine.storage, { maxRegistrations: 3 }, dataDir);
      try {
        assert.deepEqual(await other.source.tools(tenant), []);
        // Who keeps what it made of the tools asks for them only when it is told.
        const told = Promise.withResolvers<void>();
        other.source.onChange((id) => id === tenant && told.resolve());
        await register('say', { words: ['a'] });
        await told.promise;
        await waitFor('the tool', async () => (await other.source.tools(tenant)).length === 1);
        await mine.remove('say');
        await waitFor('no tool', async () => (await other.source.tools(tenant)).length === 0);
      } finally {
        await other.kernel.close();
      }
    });

    describe('tries a tool', () => {
      const test = (tool: string, input: JsonObject = {}, confirm = false) =>
        mine.test({ tool, input, confirm, signal });

      it('registered or of a plugin, and gives its result', async () => {
        await register('say', { words: ['ho'] });
        assert.equal((await test('say_ho', { times: 3 })).output, 'hohoho');
        assert.equal((await test('own_tool')).output, 'own');
      });

      it('with input and result held against its schemas', async () => {
        await register('say', { words: ['ho'], answer: 5 });
        await assert.rejects(test('say_ho', { times: 'x' }), {
          code: 'AF_TOOLS_REGISTRY_TEST_INPUT',
          message: /\/times/,
        });
        await assert.rejects(test('say_ho'), { code: 'AF_TOOLS_REGISTRY_TEST_OUTPUT' });
      });

      it('that writes when that is confirmed, and none that is not there', async () => {
        await register('say', { words: ['ho'], effect: 'write' });
        await assert.rejects(test('say_ho'), { code: 'AF_TOOLS_REGISTRY_TEST_WRITES' });
        assert.equal((await test('say_ho', {}, true)).output, 'ho');
        await assert.rejects(test('nobody'), { code: 'AF_TOOLS_REGISTRY_TOOL_UNKNOWN' });
      });

      it('no longer than it may take', async () => {
        await register('say', { words: ['ho'] });
        platform.state.gate = new Promise(() => {});
        await assert.rejects(test('say_ho'), { code: 'AF_TOOLS_REGISTRY_TEST_TIMEOUT' });
      });
    });

    // Suites inside run after what stands beside them, in order: this one is the last.
    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(platform.kernel, 'tools-registry', 'tenant'), [
          'create-registrations',
        ]);
      });
    });
  });
}

describe('a configuration of tools-registry', () => {
  it('that makes no tools is refused with its problems', async () => {
    const spec = { words: ['bad'] };
    await assert.rejects(
      bootRegistry(storageFolder('sqlite'), { registrations: [{ name: 'say', kind: 'words', spec }] }),
      /is no word/,
    );
  });
});
