import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance.ts';
import { said, seqsOf, type OnMemory } from './conversation-memory-fixture.ts';

const hour = 3_600_000;

/** What a memory keeps and lets go of: summaries, trimming, forgetting, expiry. */
export function lastingCases(on: OnMemory): ConformanceSuite {
  return [
    on('shows, without a window, what the summary does not cover', async (memory) => {
      await memory.append('c', ['1', '2', '3', '4'].map(said));
      const summary = { text: 'So far ✓ \u0000 "1, 2"', upTo: 2 };
      await memory.summarise('c', summary);
      const read = await memory.read('c');
      assert.deepEqual([read.summary, read.messages.map(({ seq }) => seq)], [summary, [3, 4]]);
      const window = await memory.read('c', { last: 3 });
      assert.deepEqual([window.summary, window.messages.map(({ seq }) => seq)], [summary, [2, 3, 4]]);
      assert.deepEqual(await seqsOf(memory, 'c', { maxChars: 4 }), [1, 2, 3, 4]);
    }),
    on('puts a newer summary in the place of an older one, never the other way', async (memory) => {
      await memory.append('c', ['1', '2', '3'].map(said));
      await memory.summarise('c', { text: 'two', upTo: 2 });
      await memory.summarise('c', { text: 'one', upTo: 1 });
      assert.equal((await memory.read('c')).summary?.text, 'two');
      await memory.summarise('c', { text: 'two, better', upTo: 2 });
      assert.equal((await memory.read('c')).summary?.text, 'two, better');
      await memory.summarise('c', { text: 'all', upTo: 3 });
      assert.deepEqual(await memory.read('c'), { summary: { text: 'all', upTo: 3 }, messages: [] });
    }),
    on('trims the oldest messages, keeps the summary, and never gives a number twice', async (memory) => {
      await memory.append('c', ['1', '2', '3', '4', '5'].map(said));
      await memory.summarise('c', { text: 'one', upTo: 1 });
      assert.equal(await memory.trim('c', { keepLast: 2 }), 3);
      assert.equal(await memory.trim('c', { keepLast: 2 }), 0);
      assert.equal(await memory.trim('c', { keepLast: 9 }), 0);
      const read = await memory.read('c');
      assert.deepEqual(
        [read.summary, read.messages.map(({ seq }) => seq)],
        [{ text: 'one', upTo: 1 }, [4, 5]],
      );
      assert.deepEqual(await seqsOf(memory, 'c', { last: 9 }), [4, 5]);
      assert.equal(await memory.trim('c', { keepLast: 0 }), 2);
      assert.deepEqual(await seqsOf(memory, 'c'), []);
      assert.deepEqual(
        (await memory.list()).map(({ id, messages }) => [id, messages]),
        [['c', 0]],
      );
      assert.equal(await memory.append('c', [said('6')]), 6);
      assert.deepEqual(await seqsOf(memory, 'c', { maxChars: 9 }), [6]);
    }),
    on('forgets a conversation whole; one of the same id begins anew', async (memory) => {
      await memory.append('c', ['1', '2'].map(said));
      await memory.summarise('c', { text: 's', upTo: 2 });
      await memory.forget('c');
      assert.deepEqual([await memory.read('c'), await memory.list()], [{ messages: [] }, []]);
      assert.equal(await memory.append('c', [said('anew')]), 1);
      assert.equal((await memory.read('c')).summary, undefined);
    }),
    on('shows nothing of a conversation that is over, and begins it anew', async (memory, { elapse }) => {
      await memory.append('c', ['1', '2'].map(said), { ttlMs: hour });
      await memory.summarise('c', { text: 's', upTo: 1 });
      await elapse(hour / 2);
      assert.deepEqual(await seqsOf(memory, 'c', { last: 9 }), [1, 2]);
      await elapse(hour);
      assert.deepEqual([await memory.read('c'), await memory.list()], [{ messages: [] }, []]);
      assert.deepEqual(await memory.read('c', { maxChars: 9 }), { messages: [] });
      assert.equal(await memory.trim('c', { keepLast: 0 }), 0);
      await memory.summarise('c', { text: 'late', upTo: 2 });
      assert.equal(await memory.append('c', []), 0);
      assert.equal(await memory.append('c', [said('anew')], { ttlMs: hour }), 1);
      const { summary, messages } = await memory.read('c');
      assert.deepEqual([summary, messages.map(({ message }) => message.content)], [undefined, ['anew']]);
    }),
    on('begins the time anew with every message, and with nothing else', async (memory, { elapse }) => {
      for (const id of ['added', 'read']) await memory.append(id, [said('1')], { ttlMs: hour });
      await elapse(0.7 * hour);
      await memory.append('added', [said('2')], { ttlMs: hour });
      await memory.read('read');
      await memory.summarise('read', { text: 's', upTo: 1 });
      await memory.trim('read', { keepLast: 0 });
      await elapse(0.7 * hour);
      assert.deepEqual(
        [await seqsOf(memory, 'added'), await memory.read('read')],
        [[1, 2], { messages: [] }],
      );
    }),
    on('keeps for good what has no time, also if it had one before', async (memory, { elapse }) => {
      await memory.append('c', [said('1')], { ttlMs: hour });
      await memory.append('c', [said('2')], { ttlMs: 0 });
      await elapse(1000 * 24 * hour);
      assert.deepEqual(await seqsOf(memory, 'c'), [1, 2]);
    }),
    on(
      'sweeps what is over, in steps, and nothing else',
      async (memory, { memory: all, tenants, elapse }) => {
        for (const id of ['a', 'b', 'c']) await memory.append(id, [said('x'), said('y')], { ttlMs: hour });
        await memory.append('stays', [said('x')], { ttlMs: 0 });
        await all.tenant(tenants[1]).append('d', [said('x')], { ttlMs: hour });
        assert.equal(await all.sweep(), 0);
        await elapse(2 * hour);
        assert.equal(await all.sweep({ limit: 2 }), 2);
        assert.equal(await all.sweep(), 2);
        assert.equal(await all.sweep(), 0);
        assert.deepEqual(await seqsOf(memory, 'stays'), [1]);
        assert.deepEqual(
          (await memory.list()).map(({ id }) => id),
          ['stays'],
        );
      },
    ),
  ];
}
