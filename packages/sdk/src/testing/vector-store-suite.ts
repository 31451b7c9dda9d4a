import assert from 'node:assert/strict';
import type { VectorChunk, VectorCollection, VectorQuery, VectorStore } from '../contracts/vector-store.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** An empty store for one case. */
export interface VectorStoreFixture {
  readonly store: VectorStore;
  /** The same data, as another process sees it. */
  another(): Promise<VectorStore>;
  /** Ids of two tenants that are there. */
  readonly tenants: readonly [string, string];
  /** Lets that many milliseconds pass for everything that is kept. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const space = 'test/flat';
const at = (...values: number[]): { readonly space: string; readonly values: readonly number[] } => ({
  space,
  values,
});
const chunk = (text: string, vector?: readonly number[], meta: VectorChunk['meta'] = {}): VectorChunk => ({
  title: '',
  text,
  meta,
  ...(vector && { vector }),
});

/** What every `VectorStore` must do. `open` gives an empty one each time. */
export function vectorStoreSuite(open: () => Promise<VectorStoreFixture>): ConformanceSuite {
  type Work = (collection: VectorCollection, fixture: VectorStoreFixture) => Promise<void>;
  const given = onFixture(open);
  const on = (name: string, work: Work) =>
    given(name, (fixture) => work(fixture.store.tenant(fixture.tenants[0]).collection('c'), fixture));
  const put = (
    collection: VectorCollection,
    id: string,
    chunks: readonly VectorChunk[],
    expiresAt?: number,
  ): Promise<void> =>
    collection.put({
      id,
      fingerprint: `f-${id}`,
      space,
      chunks,
      ...(expiresAt !== undefined && { expiresAt }),
    });
  const found = async (
    collection: VectorCollection,
    query: Omit<VectorQuery, 'limit'> & { limit?: number },
  ): Promise<readonly string[]> =>
    (await collection.search({ limit: 10, ...query })).map(
      ({ document, ordinal }) => `${document}${ordinal}`,
    );

  return [
    on('finds the nearest by the angle, not the length, and gives it back whole', async (collection) => {
      await put(collection, 'a', [chunk('one', [1, 0, 0], { line: 3 }), chunk('two', [0, 5, 0])]);
      await put(collection, 'b', [chunk('three', [90, 10, 0])]);
      const hits = await collection.search({ vector: at(1, 0, 0), limit: 2 });
      assert.deepEqual(
        hits.map(({ document, ordinal, text, meta }) => [document, ordinal, text, meta]),
        [
          ['a', 0, 'one', { line: 3 }],
          ['b', 0, 'three', {}],
        ],
      );
      assert.ok(Math.abs((hits[0]?.likeness ?? 0) - 1) < 1e-6, 'the same direction');
      assert.deepEqual(JSON.parse(JSON.stringify(hits)), hits, 'plain JSON');
      assert.deepEqual(await found(collection, { vector: at(1, 0, 0), minLikeness: 0.5 }), ['a0', 'b0']);
    }),
    on(
      'finds by words, other forms of them and without accents, those in titles first',
      async (collection) => {
        await put(collection, 'a', [chunk('Connecting to the café', [1, 0])]);
        await put(collection, 'b', [{ ...chunk('Other things', [0, 1]), title: 'Connections' }]);
        await put(collection, 'c', [chunk('nothing of that', [1, 1])]);
        assert.deepEqual(await found(collection, { text: 'CONNECTED' }), ['b0', 'a0']);
        assert.deepEqual(await found(collection, { text: 'cafe' }), ['a0']);
        assert.deepEqual(await found(collection, { text: 'zebra' }), []);
      },
    ),
    on('finds words of other scripts, whatever their capitals', async (collection) => {
      const texts = ['КОТОРЫЙ день', '한국어 문서', 'がくせい です', 'हिन्दी भाषा', 'ภาษาไทย', 'ΕΛΛΗΝΙΚΆ'];
      for (const [at, text] of texts.entries()) await put(collection, `${at}`, [chunk(text)]);
      for (const [at, text] of texts.entries())
        assert.deepEqual(
          await found(collection, { text: text.toLowerCase().split(' ')[0] ?? '' }),
          [`${at}0`],
          text,
        );
    }),
    on('takes any text as a query', async (collection) => {
      await put(collection, 'a', [chunk('plain words')]);
      const odd = `~ ~"~'~NEAR(a b)~a AND~NOT x~*~(~\\~%~\0~\uD800~漢字~'; --`.split('~'); // the first is empty
      for (const text of odd)
        assert.ok(Array.isArray(await found(collection, { text })), JSON.stringify(text));
      assert.deepEqual(await found(collection, { text: `"plain" NEAR( -* ' | ! & :*` }), ['a0']);
    }),
    on('fuses both by rank: what stands high in both comes first', async (collection) => {
      await put(collection, 'meaning', [chunk('other words', [1, 0])]);
      await put(collection, 'both', [chunk('refund', [0.9, 0.1])]);
      await put(collection, 'words', [chunk('refund refund', [0, 1])]);
      const ids = await found(collection, { vector: at(1, 0), text: 'refund', limit: 3, minLikeness: 0.5 });
      assert.equal(ids[0], 'both0');
      assert.equal(ids.length, 3);
    }),
    on('searches only what fits a filter', async (collection) => {
      await put(collection, 'a', [
        chunk('x', [1, 0], { lang: 'en', page: 1 }),
        chunk('x', [1, 0], { lang: 'de' }),
      ]);
      await put(collection, 'b', [chunk('x', [0, 1], { lang: 'fr', page: 2 })]);
      const by = { vector: at(1, 0), text: 'x' };
      assert.deepEqual(await found(collection, { ...by, filter: { lang: 'de' } }), ['a1']);
      assert.deepEqual((await found(collection, { ...by, filter: { lang: ['en', 'fr'] } })).toSorted(), [
        'a0',
        'b0',
      ]);
      assert.deepEqual(await found(collection, { text: 'x', filter: { page: 2, lang: 'fr' } }), ['b0']);
      assert.deepEqual(await found(collection, { vector: at(1, 0), filter: { lang: [] } }), []);
      await rejectsWith(
        collection.search({ text: 'x', limit: 1, filter: { 'a"b': 1 } }),
        'AF_SQL_PATH_INVALID',
      );
    }),
    on(
      'replaces and removes a document whole, also for a search that knew it',
      async (collection, { another, tenants }) => {
        const other = (await another()).tenant(tenants[0]).collection('c');
        await put(collection, 'a', [chunk('old', [1, 0]), chunk('older', [1, 0])]);
        assert.deepEqual(await found(other, { vector: at(1, 0) }), ['a0', 'a1']);
        await put(collection, 'a', [chunk('new', [0, 1])]);
        assert.deepEqual(await found(other, { text: 'old older' }), []);
        const [hit, ...rest] = await other.search({ vector: at(1, 0), limit: 5 });
        assert.deepEqual([hit?.text, hit?.likeness, rest], ['new', 0, []]);
        assert.equal(await other.remove(['a', 'never']), 1);
        assert.deepEqual(await found(collection, { vector: at(1, 0) }), []);
        assert.deepEqual(await collection.usage(), { documents: 0, chunks: 0 });
        await put(collection, 'b', [chunk('again', [1, 0])]);
        assert.deepEqual(await found(other, { vector: at(1, 0) }), ['b0']);
      },
    ),
    on('tells its documents with what they were made of', async (collection) => {
      for (const id of ['b', 'a', 'c']) await put(collection, id, [chunk(id, [1, 0])]);
      await collection.put({ id: 'd', fingerprint: 'x', chunks: [] });
      const first = await collection.documents({ limit: 2 });
      assert.deepEqual(first, [
        { id: 'a', fingerprint: 'f-a', space, chunks: 1 },
        { id: 'b', fingerprint: 'f-b', space, chunks: 1 },
      ]);
      const rest = await collection.documents({ after: 'b' });
      assert.deepEqual(
        rest.map(({ id, chunks }) => [id, chunks]),
        [
          ['c', 1],
          ['d', 0],
        ],
      );
      const named = await collection.documents({ ids: ['c', 'absent'] });
      assert.deepEqual(
        named.map(({ id }) => id),
        ['c'],
      );
      assert.deepEqual(await collection.usage(), { documents: 4, chunks: 3 });
      assert.deepEqual(await collection.read('a'), [chunk('a')]);
      assert.deepEqual(await collection.read('absent'), []);
    }),
    on('knows the direction of very long and very short vectors', async (collection) => {
      await put(collection, 'long', [chunk('x', [1e200, 0])]);
      await put(collection, 'short', [chunk('x', [0, 1e-200])]);
      for (const [values, id] of [
        [[1e-300, 1e-301], 'long'],
        [[1e300, 1e301], 'short'],
      ] as const) {
        const [first] = await collection.search({ vector: at(...values), limit: 2 });
        assert.equal(first?.document, id);
        assert.ok((first?.likeness ?? 0) > 0.99);
      }
    }),
    on(
      'never compares vectors of different spaces, and refuses another length within one',
      async (collection) => {
        await put(collection, 'a', [chunk('one', [1, 0])]);
        await collection.put({
          id: 'b',
          fingerprint: '',
          space: 'test/deep',
          chunks: [chunk('two', [1, 0, 0])],
        });
        assert.deepEqual(await found(collection, { vector: at(1, 0) }), ['a0']);
        assert.deepEqual(await found(collection, { vector: { space: 'test/deep', values: [1, 0, 0] } }), [
          'b0',
        ]);
        assert.deepEqual(await found(collection, { vector: { space: 'test/none', values: [1] } }), []);
        await rejectsWith(put(collection, 'x', [chunk('x', [1, 0, 0])]), 'AF_VECTOR_DIMENSIONS');
        await rejectsWith(
          put(collection, 'x', [chunk('x', [1, 0]), chunk('y', [1])]),
          'AF_VECTOR_DIMENSIONS',
        );
        await rejectsWith(found(collection, { vector: at(1, 0, 0) }), 'AF_VECTOR_DIMENSIONS');
        assert.deepEqual(
          (await collection.documents()).map(({ id }) => id),
          ['a', 'b'],
        );
        await put(collection, 'a', [chunk('one', [1, 0, 0])]);
        assert.deepEqual(await found(collection, { vector: at(1, 0, 0) }), ['a0']);
      },
    ),
    on('refuses what cannot be kept or searched, and changes nothing', async (collection) => {
      await put(collection, 'a', [chunk('one', [1, 0])]);
      for (const chunks of [
        [chunk('x', [0, 0])],
        [chunk('x', [Number.NaN, 1])],
        [chunk('x', []), chunk('y')],
        [chunk('x'), chunk('y', [1, 0])],
      ])
        await rejectsWith(put(collection, 'a', chunks), 'AF_VECTOR_INVALID');
      for (const id of ['', 'x'.repeat(501), 'a\0b'])
        await rejectsWith(put(collection, id, []), 'AF_VECTOR_INVALID');
      await rejectsWith(
        collection.put({ id: 'y', fingerprint: '', chunks: [chunk('y', [1, 0])] }),
        'AF_VECTOR_INVALID',
      );
      await rejectsWith(collection.search({ limit: 5 }), 'AF_VECTOR_INVALID');
      for (const limit of [0, 201, 1.5])
        await rejectsWith(found(collection, { text: 'x', limit }), 'AF_VECTOR_INVALID');
      assert.deepEqual(await found(collection, { text: 'one' }), ['a0']);
    }),
    on('keeps any text, with a sign in the place of what no database holds', async (collection) => {
      const text = 'a\0b \ud800 😀 "quoted" \\ \u2028';
      await put(collection, 'a', [{ title: text, text, meta: { note: text }, vector: [1, 0] }]);
      const kept = 'a\ufffdb \ufffd 😀 "quoted" \\ \u2028';
      assert.deepEqual(await collection.read('a'), [{ title: kept, text: kept, meta: { note: kept } }]);
    }),
    on('keeps tenants and collections apart', async (collection, { store, tenants: [own, other] }) => {
      await put(collection, 'a', [chunk('mine', [1, 0])]);
      const beside = store.tenant(own).collection('c2');
      await put(beside, 'a', [chunk('beside', [1, 0])]);
      const theirs = store.tenant(other).collection('c');
      assert.deepEqual(await found(theirs, { vector: at(1, 0), text: 'mine' }), []);
      await put(theirs, 'a', [chunk('theirs', [1, 0])]);
      const texts = async (one: VectorCollection): Promise<readonly string[]> =>
        (await one.search({ vector: at(1, 0), limit: 9 })).map(({ text }) => text);
      assert.deepEqual(
        [await texts(collection), await texts(beside), await texts(theirs)],
        [['mine'], ['beside'], ['theirs']],
      );
      assert.deepEqual(await store.tenant(own).collections(), ['c', 'c2']);
      assert.deepEqual(await store.tenant(own).collections({ prefix: 'c2' }), ['c2']);
      await collection.clear();
      assert.deepEqual(await store.tenant(own).collections(), ['c2']);
      assert.deepEqual(await texts(theirs), ['theirs']);
      await rejectsWith(found(store.tenant('nobody').collection('c'), { text: 'x' }), 'AF_TENANT_UNKNOWN');
      assert.throws(() => store.tenant(own).collection(''), { code: 'AF_VECTOR_INVALID' });
    }),
    on('finds nothing that is over, and removes it', async (collection, { store, elapse }) => {
      await put(collection, 'short', [chunk('word', [1, 0])], Date.now() + 60_000);
      await put(collection, 'long', [chunk('word', [1, 0])], Date.now() + 600_000);
      await put(collection, 'ever', [chunk('word', [1, 0])]);
      assert.equal((await found(collection, { vector: at(1, 0) })).length, 3);
      await elapse(120_000);
      for (const query of [{ vector: at(1, 0) }, { text: 'word' }])
        assert.deepEqual((await found(collection, query)).toSorted(), ['ever0', 'long0']);
      assert.deepEqual(
        (await collection.documents()).map(({ id }) => id),
        ['ever', 'long'],
      );
      assert.equal(await store.sweep(), 1);
      assert.equal(await store.sweep(), 0);
    }),
    on('loses nothing when two put at the same moment', async (collection, { another, tenants }) => {
      const other = (await another()).tenant(tenants[0]).collection('c');
      await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          put(n % 2 ? other : collection, `d${n}`, [chunk(`n${n}`, [1, n])]),
        ),
      );
      assert.deepEqual(await collection.usage(), { documents: 12, chunks: 12 });
      assert.equal((await found(other, { vector: at(1, 0), limit: 50 })).length, 12);
    }),
  ];
}
