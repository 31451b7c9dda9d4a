import assert from 'node:assert/strict';
import type { TenantWorkingMemory, WorkingMemory, WorkingMemoryKey } from '../contracts/working-memory.ts';
import type { JsonObject, JsonSchema } from '../json.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** One empty working memory for one case. */
export interface WorkingMemoryFixture {
  readonly memory: WorkingMemory;
  /** Another handle on the same memory, as a second process would have; closed with the fixture. */
  another(): Promise<WorkingMemory>;
  /** Two tenants that there are. */
  readonly tenants: readonly [string, string];
  /** Lets this many milliseconds pass for everything that is kept, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const key: WorkingMemoryKey = { scope: 'session', id: 's1', name: 'desk' };
const open: JsonSchema = { type: 'object' };
const order: JsonSchema = {
  type: 'object',
  properties: { order: { type: 'string' }, items: { type: 'array', items: { type: 'string' } } },
  required: ['order'],
  additionalProperties: false,
};

/** What every `WorkingMemory` must do. `start` gives an empty one each time. */
export function workingMemorySuite(start: () => Promise<WorkingMemoryFixture>): ConformanceSuite {
  const given = onFixture(start);
  const on = (
    name: string,
    work: (memory: TenantWorkingMemory, fixture: WorkingMemoryFixture) => Promise<void>,
  ): ConformanceCase => given(name, (fixture) => work(fixture.memory.tenant(fixture.tenants[0]), fixture));
  const valueOf = async (
    memory: TenantWorkingMemory,
    of: WorkingMemoryKey = key,
  ): Promise<JsonObject | undefined> => (await memory.read(of))?.value;

  return [
    on('shows nothing before anything was kept', async (memory) => {
      assert.equal(await memory.read(key), undefined);
      assert.equal(await memory.forget(key), 0);
    }),
    on('merges changes: what is null goes, objects are merged, the rest is replaced', async (memory) => {
      const first = await memory.merge(key, { a: 1, deep: { x: [1], y: 2 }, gone: null }, { schema: open });
      assert.deepEqual([first.value, first.revision], [{ a: 1, deep: { x: [1], y: 2 } }, 1]);
      assert.ok(Number.isSafeInteger(first.updatedAt) && first.updatedAt > 1.6e12, 'a time');
      const change = { a: null, deep: { x: [2], z: { n: null, k: 1 } }, text: '😀 \u0000 \ud800' };
      const second = await memory.merge(key, change, { schema: open });
      const whole = { deep: { x: [2], y: 2, z: { k: 1 } }, text: '😀 \u0000 \ud800' };
      assert.deepEqual([second.value, second.revision], [whole, 2]);
      assert.deepEqual(await memory.read(key), second);
    }),
    on('keeps what names a property of every object as any other', async (memory) => {
      const patch = JSON.parse('{"__proto__": {"a": 1}, "constructor": "c"}') as JsonObject; // an object
      await memory.merge(key, patch, { schema: open });
      const value = await valueOf(memory);
      assert.deepEqual(Object.keys(value ?? {}).sort(), ['__proto__', 'constructor']);
      assert.equal(({} as JsonObject)['a'], undefined);
    }),
    on('keeps only what fits the schema as a whole', async (memory) => {
      const refused = async (patch: JsonObject): Promise<void> => {
        const { message } = await rejectsWith(
          memory.merge(key, patch, { schema: order }),
          'AF_WORKING_MEMORY_INVALID',
        );
        assert.match(message, /desk/);
      };
      await refused({ items: ['lamp'] });
      assert.equal(await memory.read(key), undefined);
      await memory.merge(key, { order: 'A1', items: ['lamp'] }, { schema: order });
      for (const patch of [{ order: null }, { order: 7 }, { items: ['lamp', 3] }, { more: true }])
        await refused(patch);
      assert.deepEqual(await valueOf(memory), { order: 'A1', items: ['lamp'] });
    }),
    on('refuses what is too large, too deep, or no object', async (memory) => {
      const rules = { schema: open, maxBytes: 40 };
      await memory.merge(key, { text: 'short' }, rules);
      await rejectsWith(memory.merge(key, { text: '✓'.repeat(12) }, rules), 'AF_WORKING_MEMORY_TOO_LARGE');
      let deep: JsonObject = {};
      for (let level = 0; level < 10_000; level += 1) deep = { deep };
      // What the types forbid is what this case is about.
      for (const patch of [deep, [1], null, 'x'] as unknown as JsonObject[])
        await rejectsWith(memory.merge(key, patch, { schema: open }), 'AF_WORKING_MEMORY_INVALID');
      const wrong = { type: 'nothing-like-it' } as unknown as JsonSchema;
      await rejectsWith(memory.merge(key, { a: 1 }, { schema: wrong }), 'AF_WORKING_MEMORY_INVALID');
      assert.deepEqual(await valueOf(memory), { text: 'short' });
    }),
    on('loses none of the changes that come at once, from two handles', async (memory, fixture) => {
      const other = (await fixture.another()).tenant(fixture.tenants[0]);
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 === 0 ? memory : other).merge(key, { [`k${at}`]: at }, { schema: open }),
        ),
      );
      const { value, revision } = (await memory.read(key)) ?? { value: {}, revision: 0 };
      assert.deepEqual([Object.keys(value).length, revision], [20, 20]);
    }),
    on('is over when it was not changed for its time, and begins anew', async (memory, { elapse }) => {
      const rules = { schema: open, ttlMs: 60_000 };
      await memory.merge(key, { a: 1 }, rules);
      await memory.merge({ ...key, name: 'kept' }, { a: 1 }, { schema: open, ttlMs: 0 });
      await elapse(50_000);
      await memory.merge(key, { b: 2 }, rules);
      await elapse(50_000);
      assert.deepEqual(await valueOf(memory), { a: 1, b: 2 });
      await elapse(20_000);
      assert.equal(await memory.read(key), undefined);
      const anew = await memory.merge(key, { c: 3 }, rules);
      assert.deepEqual([anew.value, anew.revision], [{ c: 3 }, 1]);
      await elapse(1e12);
      assert.deepEqual(await valueOf(memory, { ...key, name: 'kept' }), { a: 1 });
    }),
    on('keeps owners, names and tenants apart', async (memory, { memory: all, tenants }) => {
      const other = all.tenant(tenants[1]);
      const keys: readonly WorkingMemoryKey[] = [
        key,
        { ...key, name: 'other' },
        { ...key, id: 's2' },
        { ...key, scope: 'user' },
        { ...key, id: "it's: {c} 你好 😀" },
      ];
      for (const [at, one] of keys.entries()) await memory.merge(one, { at }, { schema: open });
      await other.merge(key, { theirs: true }, { schema: open });
      for (const [at, one] of keys.entries()) assert.deepEqual(await valueOf(memory, one), { at });
      assert.equal(await memory.forget({ scope: 'session', id: 's1' }), 2);
      assert.equal(await memory.forget({ ...key, scope: 'user' }), 1);
      assert.equal(await memory.read(key), undefined);
      assert.deepEqual(await valueOf(memory, { ...key, id: 's2' }), { at: 2 });
      assert.deepEqual(await valueOf(other), { theirs: true });
    }),
    on('refuses owners and names that are none', async (memory, { memory: all }) => {
      for (const id of ['', 'x'.repeat(201), 'a\0b', '\ud800'])
        for (const call of [memory.read({ ...key, id }), memory.forget({ scope: 'user', id })])
          await rejectsWith(call, 'AF_WORKING_MEMORY_INVALID');
      for (const name of ['', 'a b', 'x'.repeat(65)])
        await rejectsWith(memory.read({ ...key, name }), 'AF_WORKING_MEMORY_INVALID');
      await rejectsWith(
        memory.merge(key, { a: 1 }, { schema: open, ttlMs: -1 }),
        'AF_WORKING_MEMORY_INVALID',
      );
      await rejectsWith(all.tenant('No Tenant').read(key), 'AF_TENANT_ID_INVALID');
    }),
  ];
}
