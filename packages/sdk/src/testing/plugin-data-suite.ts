import assert from 'node:assert/strict';
import type { DataOwner, PluginData } from '../contracts/plugin-data.ts';
import type { Json } from '../json.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** One empty store for one case. Its quota is 20 entries and 4,000 bytes, its longest value 2,000 bytes. */
export interface PluginDataFixture {
  readonly data: PluginData;
  /** Another handle on the same data, as a second process would have; closed with the fixture. */
  another(): Promise<PluginData>;
  /** Two tenants that there are. */
  readonly tenants: readonly [string, string];
  /** Lets this many milliseconds pass for everything that is kept, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What every `PluginData` must do. `start` gives an empty one each time. */
export function pluginDataSuite(start: () => Promise<PluginDataFixture>): ConformanceSuite {
  const given = onFixture(start);
  const on = (
    name: string,
    work: (data: PluginData, me: DataOwner, fixture: PluginDataFixture) => Promise<void>,
  ): ConformanceCase =>
    given(name, (fixture) => work(fixture.data, { plugin: 'notes', tenant: fixture.tenants[0] }, fixture));
  const valueOf = async (data: PluginData, owner: DataOwner, key: string): Promise<Json | undefined> =>
    (await data.get(owner, key))?.value;

  return [
    on('has nothing before anything was kept', async (data, me) => {
      assert.equal(await data.get(me, 'a'), undefined);
      assert.equal(await data.delete(me, 'a'), false);
      assert.deepEqual(await data.list(me), { entries: [] });
      assert.deepEqual(await data.usage(me), { entries: 0, bytes: 0, maxEntries: 20, maxBytes: 4000 });
      assert.equal(await data.clear(me), 0);
    }),
    on('gives back what was kept, the last of each key', async (data, me) => {
      const values: Json[] = [null, 0, '', 'a \u0000 😀 \' " \\', [1, [2]], { b: 1, a: { c: [] } }];
      for (const value of values) {
        const put = await data.put(me, "it's: {c} 你好", value);
        assert.deepEqual(put.value, value);
        assert.deepEqual(await data.get(me, "it's: {c} 你好"), put);
      }
      const { revision, updatedAt } = await data.put(me, "it's: {c} 你好", 'last');
      assert.equal(revision, values.length + 1);
      assert.ok(Number.isSafeInteger(updatedAt) && updatedAt > 1.6e12, 'a time');
      assert.equal(await data.delete(me, "it's: {c} 你好"), true);
      assert.equal((await data.put(me, "it's: {c} 你好", 'anew')).revision, 1);
    }),
    on('changes an entry only as it was read, when asked to', async (data, me) => {
      await rejectsWith(data.put(me, 'a', 1, { ifRevision: 1 }), 'AF_DATA_CONFLICT');
      await data.put(me, 'a', 1, { ifRevision: 0 });
      await rejectsWith(data.put(me, 'a', 2, { ifRevision: 0 }), 'AF_DATA_CONFLICT');
      await data.put(me, 'a', 2, { ifRevision: 1 });
      await rejectsWith(data.delete(me, 'a', { ifRevision: 1 }), 'AF_DATA_CONFLICT');
      assert.equal(await valueOf(data, me, 'a'), 2);
      assert.equal(await data.delete(me, 'a', { ifRevision: 2 }), true);
    }),
    on('loses none of the changes that come at once, from two handles', async (data, me, fixture) => {
      const other = await fixture.another();
      await data.put(me, 'count', 0);
      const add = async (by: PluginData): Promise<void> => {
        for (;;) {
          const { value, revision } = (await by.get(me, 'count')) ?? { value: 0, revision: 0 };
          try {
            await by.put(me, 'count', Number(value) + 1, { ifRevision: revision });
            return;
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'AF_DATA_CONFLICT');
          }
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, at) => add(at % 2 === 0 ? data : other)));
      assert.equal(await valueOf(data, me, 'count'), 10);
      await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 ? data : other).put(me, `k${at}`, at)));
      assert.equal((await data.usage(me)).entries, 11);
    }),
    on('lists by key, prefix and members, page by page', async (data, me) => {
      for (const [at, key] of ['b1', 'a3', 'a1', 'a2', 'a%', 'a_'].entries())
        await data.put(me, key, { at, open: at % 2 === 0, tags: ['x', { y: 1 }] });
      await data.put(me, 'a0', 'no object');
      const keysOf = async (query: Parameters<PluginData['list']>[1]): Promise<readonly string[]> => {
        const keys: string[] = [];
        let after = '';
        for (;;) {
          const { entries, next } = await data.list(me, { ...query, after });
          keys.push(...entries.map(({ key }) => key));
          if (next === undefined) return keys;
          after = next;
        }
      };
      assert.deepEqual((await keysOf({ limit: 2 })).toSorted(), ['a%', 'a0', 'a1', 'a2', 'a3', 'a_', 'b1']);
      assert.deepEqual(await keysOf({ prefix: 'b', limit: 1 }), ['b1']);
      assert.deepEqual(await keysOf({ prefix: 'a%' }), ['a%']);
      assert.deepEqual((await keysOf({ where: { open: true }, limit: 1 })).toSorted(), ['a%', 'a1', 'b1']);
      assert.deepEqual(await keysOf({ where: { open: true, at: 2, tags: ['x', { y: 1 }] } }), ['a1']);
      assert.deepEqual(await keysOf({ where: { constructor: {} } }), []);
    }),
    on('keeps entries for their time', async (data, me, { elapse }) => {
      await data.put(me, 'short', 1, { ttlMs: 60_000 });
      await data.put(me, 'long', 1);
      await elapse(50_000);
      assert.equal(await valueOf(data, me, 'short'), 1);
      await elapse(20_000);
      assert.equal(await data.get(me, 'short'), undefined);
      assert.equal(await data.delete(me, 'short'), false);
      assert.deepEqual(
        (await data.list(me)).entries.map(({ key }) => key),
        ['long'],
      );
      assert.equal((await data.put(me, 'short', 2, { ifRevision: 0 })).revision, 1);
    }),
    on('keeps to the quota, and counts what is over as gone', async (data, me, { elapse, tenants }) => {
      for (let at = 0; at < 20; at += 1) await data.put(me, `k${at}`, at, { ttlMs: 60_000 });
      const { fix } = await rejectsWith(data.put(me, 'more', 1), 'AF_DATA_FULL');
      assert.match(fix, /quota/);
      await data.put(me, 'k0', 'another');
      await data.put({ ...me, plugin: 'other' }, 'more', 1);
      await data.put({ ...me, tenant: tenants[1] }, 'more', 1);
      await elapse(70_000);
      await data.put(me, 'big', 'x'.repeat(1900));
      await data.put(me, 'big2', '✓'.repeat(600));
      await rejectsWith(data.put(me, 'big3', 'x'.repeat(1900)), 'AF_DATA_FULL');
      await rejectsWith(data.put(me, 'big', 'x'.repeat(2000)), 'AF_DATA_INVALID');
      const { entries, bytes } = await data.usage(me);
      assert.ok(entries <= 3 && bytes <= 4000, `${entries} entries, ${bytes} bytes`);
      await data.delete(me, 'big');
      await data.put(me, 'big3', 'x'.repeat(1900));
    }),
    on('keeps plugins and tenants apart', async (data, me, { tenants }) => {
      const owners = [me, { ...me, plugin: 'other' }, { ...me, tenant: tenants[1] }];
      for (const [at, owner] of owners.entries()) await data.put(owner, 'a', at);
      for (const [at, owner] of owners.entries()) assert.equal(await valueOf(data, owner, 'a'), at);
      assert.equal(await data.clear(me), 1);
      assert.deepEqual(await data.usage(me), { entries: 0, bytes: 0, maxEntries: 20, maxBytes: 4000 });
      assert.equal(await valueOf(data, owners[1] ?? me, 'a'), 1);
      assert.equal(await valueOf(data, owners[2] ?? me, 'a'), 2);
    }),
    on('refuses keys, values, queries and owners that are none', async (data, me) => {
      for (const key of ['', 'x'.repeat(257), 'a\nb', '\ud800', 7 as unknown as string])
        for (const call of [data.get(me, key), data.put(me, key, 1), data.delete(me, key)])
          await rejectsWith(call, 'AF_DATA_INVALID');
      // What the types forbid is what this case is about.
      for (const value of [undefined, 1n, Number.NaN, () => 1, '\ud800'] as unknown as Json[])
        await rejectsWith(data.put(me, 'a', value), 'AF_DATA_INVALID');
      for (const change of [{ ttlMs: 0 }, { ttlMs: 1.5 }, { ifRevision: -1 }])
        await rejectsWith(data.put(me, 'a', 1, change), 'AF_DATA_INVALID');
      for (const query of [{ limit: 0 }, { limit: 201 }, { prefix: '\0' }, { where: [] as never }])
        await rejectsWith(data.list(me, query), 'AF_DATA_INVALID');
      await rejectsWith(data.get({ ...me, plugin: 'No Plugin' }, 'a'), 'AF_DATA_INVALID');
      await rejectsWith(data.get({ ...me, tenant: '../x' }, 'a'), 'AF_DATA_INVALID');
      await rejectsWith(data.get({ ...me, tenant: 'nobody-made-it' }, 'a'), 'AF_TENANT_UNKNOWN');
      assert.deepEqual(await data.list(me), { entries: [] });
    }),
  ];
}
