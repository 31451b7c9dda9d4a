import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { Embedder, modelErrors, SemanticMemory, TenantStorage } from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  semanticMemorySuite,
  testPlugin,
  type SemanticMemoryFixture,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const store = join(dirname(folder), 'vector-sql');
const owner = { scope: 'user', id: 'ann' } as const;
/** Whether the embedder answers. */
const state = { isDown: false };
/** An embedder that knows that lamps and lights are the same. */
const embedder = testPlugin('embedder-test', [Embedder], (ctx) => {
  ctx.contribute(Embedder, {
    provider: 'test',
    description: 'Knows a few words.',
    available: true,
    models: async () => [{ name: 'few', textsPerCall: 100 }],
    async embed({ texts }) {
      if (state.isDown)
        throw modelErrors.AF_MODEL_OVERLOADED({ server: 'test', status: 503, reason: 'down' });
      const vectors = texts.map((text) => [/lamp|light/i.test(text) ? 1 : 0, /bee/i.test(text) ? 1 : 0, 0.1]);
      return { vectors, usage: { inputTokens: 0 } };
    },
  });
});

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`memory-vector on ${name}`, () => {
    let storage: FreshStorage;
    let kernel: TestKernel;
    let tenants: TenantStorage;
    let made = 0;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      const memory = { use: folder, config: { model: 'test/few' } };
      kernel = await bootTestKernel({ plugins: [storage.plugin, store, embedder, memory] });
      tenants = kernel.use(TenantStorage);
    });
    after(async () => {
      await kernel?.close();
      await storage?.close();
    });

    /** Two tenants of its own for each case. */
    const openMemory = async (): Promise<SemanticMemoryFixture> => {
      const own = [`t${++made}`, `t${++made}`] as const;
      for (const id of own) await tenants.create(id);
      return {
        memory: kernel.use(SemanticMemory),
        tenants: own,
        async elapse(ms) {
          for (const id of own) {
            const database = await tenants.tenant(id);
            await database.execute('UPDATE af_vector_sql_documents SET expires_at = expires_at - ?', [ms]);
          }
        },
        async close() {
          for (const id of own) await tenants.erase(id);
        },
      };
    };

    describe('as a semantic memory', () => {
      for (const { name: says, run } of semanticMemorySuite(openMemory)) it(says, run);
    });

    it('finds what means the same in other words', async () => {
      const { memory, tenants: own, close } = await openMemory();
      const mine = memory.tenant(own[0]);
      await mine.remember(owner, { id: 'a', text: 'The lamp is broken.' });
      await mine.remember(owner, { id: 'b', text: 'Bees need water.' });
      assert.deepEqual(
        (await mine.recall(owner, 'Lights?')).map(({ id }) => id),
        ['a'],
      );
      await close();
    });

    it('remembers and looks for words while the embedder is down', async () => {
      const { memory, tenants: own, close } = await openMemory();
      const mine = memory.tenant(own[0]);
      state.isDown = true;
      try {
        await mine.remember(owner, { id: 'a', text: 'The lamp is broken.' });
        assert.equal((await mine.recall(owner, 'broken'))[0]?.id, 'a');
      } finally {
        state.isDown = false;
      }
      assert.equal((await mine.recall(owner, 'broken'))[0]?.id, 'a');
      await close();
    });
  });
}
