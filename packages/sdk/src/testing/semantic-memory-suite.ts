import assert from 'node:assert/strict';
import type { SemanticMemory, TenantSemanticMemory } from '../contracts/semantic-memory.ts';
import type { MemoryOwner } from '../contracts/working-memory.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** One empty semantic memory for one case; what embeds its texts does not matter. */
export interface SemanticMemoryFixture {
  readonly memory: SemanticMemory;
  /** Two tenants that there are. */
  readonly tenants: readonly [string, string];
  /** Lets this many milliseconds pass for everything that is kept, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const ann: MemoryOwner = { scope: 'user', id: 'ann' };

/** What every `SemanticMemory` must do. `start` gives an empty one each time. */
export function semanticMemorySuite(start: () => Promise<SemanticMemoryFixture>): ConformanceSuite {
  const given = onFixture(start);
  const on = (
    name: string,
    work: (memory: TenantSemanticMemory, fixture: SemanticMemoryFixture) => Promise<void>,
  ): ConformanceCase => given(name, (fixture) => work(fixture.memory.tenant(fixture.tenants[0]), fixture));
  const found = async (
    memory: TenantSemanticMemory,
    text: string,
    owner: MemoryOwner = ann,
  ): Promise<readonly string[]> => (await memory.recall(owner, text)).map(({ id }) => id);

  return [
    on('finds what has to do with a text, best first, and gives it back whole', async (memory) => {
      assert.deepEqual(await memory.recall(ann, 'anything'), []);
      await memory.remember(ann, { id: 'a', text: 'The kitchen lamp is broken.\n“Soon”, 😀 said Ann.' });
      await memory.remember(ann, { id: 'b', text: 'Bees need water in summer.' });
      const [best] = await memory.recall(ann, 'is the lamp in the kitchen broken?');
      assert.deepEqual([best?.id, best?.text], ['a', 'The kitchen lamp is broken.\n“Soon”, 😀 said Ann.']);
      assert.ok(Number.isSafeInteger(best?.at) && (best?.at ?? 0) > 1.6e12, 'a time');
      assert.equal((await memory.recall(ann, 'lamp bees water kitchen', { limit: 1 })).length, 1);
    }),
    on('has the newest under one id', async (memory) => {
      await memory.remember(ann, { id: 'a', text: 'The lamp is red.' });
      await memory.remember(ann, { id: 'a', text: 'The lamp is blue.' });
      const all = await memory.recall(ann, 'the lamp');
      assert.deepEqual(
        all.map(({ text }) => text),
        ['The lamp is blue.'],
      );
    }),
    on('forgets what is over', async (memory, { elapse }) => {
      await memory.remember(ann, { id: 'a', text: 'The lamp is red.', ttlMs: 60_000 });
      await memory.remember(ann, { id: 'b', text: 'The lamp is bright.', ttlMs: 0 });
      await elapse(50_000);
      assert.deepEqual([...(await found(memory, 'lamp'))].sort(), ['a', 'b']);
      await elapse(20_000);
      assert.deepEqual(await found(memory, 'lamp'), ['b']);
    }),
    on('keeps owners and tenants apart, and forgets when it is told to', async (memory, fixture) => {
      const other = fixture.memory.tenant(fixture.tenants[1]);
      const owners: readonly MemoryOwner[] = [
        ann,
        { scope: 'session', id: 'ann' },
        { scope: 'user', id: "bob: 'x' 你好" },
      ];
      for (const [at, owner] of owners.entries())
        await memory.remember(owner, { id: `${at}`, text: 'The lamp.' });
      await memory.remember(ann, { id: 'more', text: 'The lamp again.' });
      await other.remember(ann, { id: 'theirs', text: 'The lamp.' });
      for (const [at, owner] of owners.entries())
        assert.equal((await found(memory, 'lamp', owner)).includes(`${at}`), true);
      assert.deepEqual(await found(other, 'lamp'), ['theirs']);
      assert.equal(await memory.forget(ann, 'more'), 1);
      assert.equal(await memory.forget(ann, 'more'), 0);
      assert.deepEqual(await found(memory, 'lamp'), ['0']);
      assert.equal(await memory.forget(ann), 1);
      assert.deepEqual(await found(memory, 'lamp'), []);
      assert.deepEqual(await found(memory, 'lamp', { scope: 'session', id: 'ann' }), ['1']);
      assert.deepEqual(await found(other, 'lamp'), ['theirs']);
    }),
    on('refuses what does not fit, and takes any text', async (memory, { memory: all }) => {
      const refused = (promise: Promise<unknown>): Promise<unknown> =>
        rejectsWith(promise, 'AF_SEMANTIC_MEMORY_INVALID');
      for (const id of ['', 'x'.repeat(201), 'a\0b']) {
        await refused(memory.remember({ scope: 'user', id }, { id: 'a', text: 'x' }));
        await refused(memory.remember(ann, { id, text: 'x' }));
        await refused(memory.recall({ scope: 'user', id }, 'x'));
        await refused(memory.forget({ scope: 'user', id }));
      }
      for (const text of ['', ' ', 'x'.repeat(16_001)]) {
        await refused(memory.remember(ann, { id: 'a', text }));
        await refused(memory.recall(ann, text));
      }
      await refused(memory.remember(ann, { id: 'a', text: 'x', ttlMs: -1 }));
      await refused(memory.recall(ann, 'x', { limit: 0 }));
      await memory.remember(ann, { id: 'a', text: 'lamp \0 \ud800 "\' & | ! ( ) * : <->' });
      assert.deepEqual(await found(memory, 'lamp \0 \ud800 "\' & | ! ( ) * : <->'), ['a']);
      await rejectsWith(all.tenant('No Tenant').recall(ann, 'x'), 'AF_TENANT_ID_INVALID');
    }),
  ];
}
