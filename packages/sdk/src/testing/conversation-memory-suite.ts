import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryWindow } from '../contracts/conversation-memory.ts';
import type { Message } from '../domain/message.ts';
import type { ConformanceSuite } from './conformance.ts';
import {
  said,
  seqsOf,
  type ConversationMemoryFixture,
  type OnMemory,
} from './conversation-memory-fixture.ts';
import { lastingCases } from './conversation-memory-lasting-cases.ts';
import { rejectsWith } from './rejects-with.ts';

export type { ConversationMemoryFixture } from './conversation-memory-fixture.ts';

/** What every `ConversationMemory` must do. `open` gives an empty one each time. */
export function conversationMemorySuite(open: () => Promise<ConversationMemoryFixture>): ConformanceSuite {
  const on: OnMemory = (name, work) => ({
    name,
    async run() {
      const fixture = await open();
      try {
        await work(fixture.memory.tenant(fixture.tenants[0]), fixture);
      } finally {
        await fixture.close();
      }
    },
  });

  return [
    on('gives messages of every shape back, numbered from 1', async (memory) => {
      const messages: readonly Message[] = [
        { role: 'system', content: 'Be brief. 😀 \u0000 \ud800 ✓' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image', mediaType: 'image/png', url: 'https://x.test/a.png' },
          ],
        },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'c1', name: 'roll', input: { sides: 6, deep: [null, { a: 'ü' }] } }],
        },
        { role: 'tool', toolCallId: 'c1', name: 'roll', content: '4', isError: false },
      ];
      assert.equal(await memory.append('c', messages), 4);
      const read = await memory.read('c');
      assert.equal('summary' in read, false);
      assert.deepEqual(
        read.messages.map(({ seq, message }) => [seq, message]),
        messages.map((message, index) => [index + 1, message]),
      );
      for (const { at } of read.messages)
        assert.ok(Number.isSafeInteger(at) && at > 1.6e12, `${at} is a time`);
    }),
    on('shows nothing of a conversation that was never begun', async (memory) => {
      assert.deepEqual(await memory.read('absent'), { messages: [] });
      assert.deepEqual(await memory.read('absent', { last: 3 }), { messages: [] });
      assert.equal(await memory.trim('absent', { keepLast: 0 }), 0);
      await memory.forget('absent');
      await memory.summarise('absent', { text: 'nothing', upTo: 1 });
      assert.deepEqual([await memory.read('absent'), await memory.list()], [{ messages: [] }, []]);
    }),
    on('goes on numbering, and adding nothing says where it is', async (memory) => {
      assert.equal(await memory.append('c', []), 0);
      assert.equal(await memory.append('c', [said('1'), said('2')]), 2);
      assert.equal(await memory.append('c', []), 2);
      assert.equal(await memory.append('c', [said('3')]), 3);
      assert.deepEqual(await seqsOf(memory, 'c'), [1, 2, 3]);
    }),
    on('keeps large messages, and many at once', async (memory) => {
      const large = said('✓'.repeat(300_000));
      await memory.append('large', [large]);
      assert.deepEqual((await memory.read('large')).messages[0]?.message, large);
      const many = Array.from({ length: 1_200 }, (_, index) => said(`m${index + 1}`));
      assert.equal(await memory.append('many', many), 1_200);
      assert.deepEqual(await seqsOf(memory, 'many', { last: 2 }), [1_199, 1_200]);
      assert.equal((await memory.read('many')).messages.length, 1_200);
    }),
    on(
      'gives appends that come at once, from two handles, each its own place',
      async (memory, { another, tenants }) => {
        const other = (await another()).tenant(tenants[0]);
        const lasts = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0 ? memory : other).append('c', [said(`${index} first`), said(`${index} second`)]),
          ),
        );
        assert.deepEqual(
          [...lasts].sort((a, b) => a - b),
          Array.from({ length: 20 }, (_, index) => 2 * index + 2),
        );
        const { messages } = await memory.read('c');
        assert.deepEqual(
          messages.map(({ seq }) => seq),
          Array.from({ length: 40 }, (_, index) => index + 1),
        );
        for (const [index, last] of lasts.entries()) {
          const pair = messages.slice(last - 2, last).map(({ message }) => message.content);
          assert.deepEqual(pair, [`${index} first`, `${index} second`]);
        }
      },
    ),
    on('adds all or none', async (memory) => {
      await memory.append('c', [said('before')]);
      // What the types forbid is what this case is about.
      const bad = { role: 'user', content: 1n } as unknown as Message;
      await rejectsWith(memory.append('c', [said('good'), bad]), 'AF_MEMORY_REQUEST_INVALID');
      assert.deepEqual(await seqsOf(memory, 'c'), [1]);
    }),
    on('reads windows by count and by characters', async (memory) => {
      await memory.append('c', ['aaaa', 'bbb', '', '😀', 'e'].map(said));
      const seqs = (window: MemoryWindow): Promise<readonly number[]> => seqsOf(memory, 'c', window);
      assert.deepEqual(
        [await seqs({ last: 2 }), await seqs({ last: 9 })],
        [
          [4, 5],
          [1, 2, 3, 4, 5],
        ],
      );
      assert.deepEqual([await seqs({ maxChars: 1 }), await seqs({ maxChars: 2 })], [[5], [5]]);
      assert.deepEqual(
        [await seqs({ maxChars: 3 }), await seqs({ maxChars: 5 })],
        [
          [3, 4, 5],
          [3, 4, 5],
        ],
      );
      assert.deepEqual(
        [await seqs({ maxChars: 6 }), await seqs({ maxChars: 1e9 })],
        [
          [2, 3, 4, 5],
          [1, 2, 3, 4, 5],
        ],
      );
      assert.deepEqual(
        [await seqs({ last: 1, maxChars: 9 }), await seqs({ last: 4, maxChars: 3 })],
        [[5], [3, 4, 5]],
      );
      assert.deepEqual(await seqs({}), [1, 2, 3, 4, 5]);
    }),
    on('shows the newest message however long it is, and then no other', async (memory) => {
      await memory.append('c', ['x', '', 'much too long'].map(said));
      assert.deepEqual(await seqsOf(memory, 'c', { maxChars: 5 }), [3]);
    }),
    on('counts characters right after a trim, and across many messages', async (memory) => {
      await memory.append(
        'c',
        Array.from({ length: 300 }, () => said('ab')),
      );
      await memory.trim('c', { keepLast: 200 });
      await memory.append('c', [said('cd')]);
      const { messages } = await memory.read('c', { maxChars: 300 });
      assert.deepEqual([messages.length, messages[0]?.seq, messages.at(-1)?.seq], [150, 152, 301]);
      assert.equal((await memory.read('c', { maxChars: 10_000 })).messages.length, 201);
    }),
    on('keeps tenants apart', async (memory, { memory: all, tenants }) => {
      const other = all.tenant(tenants[1]);
      await memory.append('c', [said('mine')]);
      await other.append('c', [said('theirs'), said('more')]);
      await other.append('d', [said('theirs')]);
      assert.deepEqual(
        (await memory.read('c')).messages.map(({ message }) => message.content),
        ['mine'],
      );
      assert.deepEqual(
        (await memory.list()).map(({ id, messages }) => [id, messages]),
        [['c', 1]],
      );
      await other.forget('c');
      assert.deepEqual(await seqsOf(memory, 'c'), [1]);
    }),
    on('takes any characters in an id', async (memory) => {
      const ids = ['a:b', '{c}', '*', '%_', "it's", '你好 😀', 'x'.repeat(200), '__proto__', 'C', 'c'];
      for (const id of ids) await memory.append(id, [said(id)]);
      for (const id of ids)
        assert.deepEqual(
          (await memory.read(id)).messages.map(({ message }) => message.content),
          [id],
        );
      assert.equal((await memory.list({ limit: 100 })).length, ids.length);
    }),
    on('lists conversations, the one added to last first', async (memory) => {
      for (const id of ['a', 'b', 'c', 'a']) {
        await memory.append(id, [said('x'), said('y')]);
        await sleep(3); // so that their times differ
      }
      await memory.trim('b', { keepLast: 1 });
      await memory.forget('c');
      const list = await memory.list();
      assert.deepEqual(
        list.map(({ id, messages }) => [id, messages]),
        [
          ['a', 4],
          ['b', 1],
        ],
      );
      assert.ok((list[0]?.updatedAt ?? 0) > (list[1]?.updatedAt ?? 0));
      assert.deepEqual(
        (await memory.list({ limit: 1 })).map(({ id }) => id),
        ['a'],
      );
    }),
    on('refuses what does not fit, and says so', async (memory, { memory: all }) => {
      const refused = (promise: Promise<unknown>): Promise<unknown> =>
        rejectsWith(promise, 'AF_MEMORY_REQUEST_INVALID');
      for (const id of ['', 'x'.repeat(201), 'a\0b']) {
        await refused(memory.append(id, [said('x')]));
        await refused(memory.read(id));
        await refused(memory.forget(id));
      }
      await memory.append('c', [said('x')]);
      for (const n of [-1, 0.5, NaN]) {
        await refused(memory.append('c', [said('x')], { ttlMs: n }));
        await refused(memory.read('c', { last: n }));
        await refused(memory.read('c', { maxChars: n }));
        await refused(memory.trim('c', { keepLast: n }));
        await refused(memory.summarise('c', { text: 's', upTo: n }));
        await refused(memory.list({ limit: n }));
        await refused(all.sweep({ limit: n }));
      }
      await refused(memory.read('c', { last: 0 }));
      await refused(memory.summarise('c', { text: 's', upTo: 2 }));
      assert.deepEqual(await seqsOf(memory, 'c'), [1]);
      await rejectsWith(all.tenant('No Tenant').read('c'), 'AF_TENANT_ID_INVALID');
    }),
    ...lastingCases(on),
  ];
}
