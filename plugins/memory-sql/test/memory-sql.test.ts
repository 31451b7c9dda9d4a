import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import {
  ConversationMemory,
  MigrationLedger,
  TenantStorage,
  WorkingMemory,
  type Conversation,
  type TenantMemory,
} from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import {
  bootTestKernel,
  bootTwoKernels,
  conversationMemorySuite,
  rollBack,
  runTask,
  workingMemorySuite,
  type ConversationMemoryFixture,
  type TwoKernels,
  type WorkingMemoryFixture,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const said = (content: string): Message => ({ role: 'user', content });
const plain = ({ messages }: Conversation): readonly unknown[] =>
  messages.map(({ seq, message }) => [seq, message.content]);

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`memory-sql on ${name}`, () => {
    let storage: FreshStorage;
    let kernels: TwoKernels;
    let tenants: TenantStorage;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      kernels = await bootTwoKernels(storage.plugin, folder);
      tenants = kernels.kernel.use(TenantStorage);
    });
    after(async () => {
      await kernels?.close();
      await storage?.close();
    });

    const openMemory = async (): Promise<ConversationMemoryFixture> => {
      const { tenants: own, each, close } = await kernels.openTenants();
      return {
        memory: kernels.kernel.use(ConversationMemory),
        another: async () => kernels.other.use(ConversationMemory),
        tenants: own,
        elapse: (ms) =>
          each((database) =>
            database.execute('UPDATE af_memory_sql_conversations SET expires_at = expires_at - ?', [ms]),
          ),
        close,
      };
    };

    const openWorking = async (): Promise<WorkingMemoryFixture> => {
      const { tenants: own, each, close } = await kernels.openTenants();
      return {
        memory: kernels.kernel.use(WorkingMemory),
        another: async () => kernels.other.use(WorkingMemory),
        tenants: own,
        elapse: (ms) =>
          each((database) =>
            database.execute('UPDATE af_memory_sql_documents SET expires_at = expires_at - ?', [ms]),
          ),
        close,
      };
    };

    describe('as a working memory', () => {
      for (const { name: says, run } of workingMemorySuite(openWorking)) it(says, run);
    });

    it('sweeps working memories that are over', async () => {
      const { memory, tenants: own, elapse, close } = await openWorking();
      const key = { scope: 'user', id: 'ann', name: 'desk' } as const;
      for (const id of own)
        await memory.tenant(id).merge(key, { a: 1 }, { schema: { type: 'object' }, ttlMs: 1_000 });
      assert.equal(await kernels.kernel.use(ConversationMemory).sweep(), 0);
      await elapse(2_000);
      assert.equal(await kernels.kernel.use(ConversationMemory).sweep({ limit: 1 }), 1);
      assert.equal(await kernels.kernel.use(ConversationMemory).sweep(), 1);
      await close();
    });

    describe('as a conversation memory', () => {
      for (const { name: says, run } of conversationMemorySuite(openMemory)) it(says, run);
    });

    it('tells what it would write, where nobody else writes at the same moment', async () => {
      const { memory, tenants: own, elapse, close } = await openMemory();
      const [told, added] = own.map((id) => memory.tenant(id)) as [TenantMemory, TenantMemory];
      const database = await tenants.tenant(own[0]);
      assert.equal(memory.statements !== undefined, database.dialect === 'sqlite');
      const { statements } = memory;
      for (const texts of statements
        ? [['a', '', '😀'], ['bb'], Array.from({ length: 230 }, () => 'c')]
        : []) {
        for (const ttlMs of [1_000, 0]) {
          await database.batch((await statements?.toAppend('c', texts.map(said), { ttlMs })) ?? []);
          await added.append('c', texts.map(said), { ttlMs });
          for (const window of [{}, { last: 3 }, { maxChars: 2 }])
            assert.deepEqual(plain(await told.read('c', window)), plain(await added.read('c', window)));
        }
      }
      if (statements) {
        await told.forget('c');
        await database.batch(await statements.toAppend('c', [said('old')], { ttlMs: 1_000 }));
        await elapse(2_000);
        await database.batch(await statements.toAppend('c', [said('new')], { ttlMs: 1_000 }));
        assert.deepEqual(plain(await told.read('c')), [[1, 'new']]);
        await assert.rejects(statements.toAppend('', [said('x')]), /1 to 200 characters/);
      }
      await close();
    });

    it('sweeps through a maintenance task, long conversations in steps', async () => {
      const {
        memory,
        tenants: [tenant],
        elapse,
        close,
      } = await openMemory();
      const many = Array.from({ length: 2_300 }, (_, index) => said(`${index}`));
      await memory.tenant(tenant).append('long', many, { ttlMs: 1_000 });
      await memory.tenant(tenant).append('short', [said('x')], { ttlMs: 1_000 });
      await elapse(2_000);
      assert.deepEqual(await runTask(kernels.kernel, 'memory-sql-sweep'), { removed: 2 });
      const database = await tenants.tenant(tenant);
      assert.deepEqual(await database.query('SELECT COUNT(*) AS n FROM af_memory_sql_messages'), [{ n: 0 }]);
      await close();
    });

    it('goes on with the next tenant when a sweep had enough of one', async () => {
      const { memory, tenants: own, elapse, close } = await openMemory();
      for (const id of own)
        for (const conversation of ['a', 'b', 'c'])
          await memory.tenant(id).append(conversation, [said('x')], { ttlMs: 1_000 });
      await elapse(2_000);
      const went: number[] = [];
      for (let step = 0; step < 4; step++) went.push(await memory.sweep({ limit: 2 }));
      assert.deepEqual(went, [2, 2, 2, 0]);
      await close();
    });

    it('keeps a conversation that a sweep and a message want at the same moment', async () => {
      const {
        memory,
        another,
        tenants: [tenant],
        elapse,
        close,
      } = await openMemory();
      const [mine, other] = [memory.tenant(tenant), (await another()).tenant(tenant)];
      for (let round = 0; round < 10; round++) {
        await mine.append('c', [said('old')], { ttlMs: 1_000 });
        await elapse(2_000);
        const [last] = await Promise.all([
          other.append('c', [said('new')], { ttlMs: 60_000 }),
          memory.sweep(),
        ]);
        assert.equal(last, 1);
        assert.deepEqual(
          (await mine.read('c')).messages.map(({ message }) => message.content),
          ['new'],
        );
        await mine.forget('c');
      }
      await close();
    });

    it('keeps conversations when they are laid out anew, and when that is undone', async () => {
      const {
        memory,
        tenants: [tenant],
        close,
      } = await openMemory();
      const own = memory.tenant(tenant);
      await own.append('c', [said('a'), said('b')]);
      await own.summarise('c', { text: 'they said a', upTo: 1 });
      const before = await own.read('c', { last: 9 });
      await kernels.kernel.use(MigrationLedger).rollback('memory-sql', { scope: 'tenant', to: 2 });
      assert.deepEqual(await own.read('c', { last: 9 }), before);
      const again = await bootTestKernel({
        plugins: [storage.plugin, folder],
        dataDir: kernels.kernel.dataDir,
      });
      assert.deepEqual(await own.read('c', { last: 9 }), before);
      assert.equal(await own.append('c', [said('c')]), 3);
      await again.close();
      await close();
    });

    // Suites inside run after what stands beside them, in order: this one is the last.
    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(kernels.kernel, 'memory-sql', 'tenant'), [
          'find-conversations-by-id',
          'create-documents',
          'create-conversations',
        ]);
      });
    });
  });
}
