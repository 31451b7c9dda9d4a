import assert from 'node:assert/strict';
import type { TextIndex, TextPassage, TextSearch } from '../contracts/text-search.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** An empty search for one case. */
export interface TextSearchFixture {
  readonly textSearch: TextSearch;
  close(): Promise<void>;
}

const passage = (id: string, group: string, title: string, text: string): TextPassage => ({
  id,
  group,
  title,
  text,
  meta: { line: id.length },
});

/** What every {@link TextSearch} must do. `open` gives an empty one each time. */
export function textSearchSuite(open: () => Promise<TextSearchFixture>): ConformanceSuite {
  const given = onFixture(open);
  const on = (name: string, work: (index: TextIndex, textSearch: TextSearch) => Promise<void>) =>
    given(name, async ({ textSearch }) => work(await textSearch.open('suite'), textSearch));
  const idsOf = async (index: TextIndex, query: string, limit = 10): Promise<readonly string[]> =>
    (await index.search(query, { limit })).map(({ id }) => id);

  return [
    on('finds a passage by a word and gives it back whole', async (index) => {
      const stored = passage('a1', 'a.md', 'Storage', 'Rows live in tables.');
      await index.replace('a.md', 'f1', [stored, passage('a2', 'a.md', 'Models', 'They answer.')]);
      const [hit, ...rest] = await index.search('tables', { limit: 10 });
      assert.deepEqual(rest, []);
      assert.ok(hit && hit.score > 0, 'a score above zero');
      assert.deepEqual({ ...hit, score: 0 }, { ...stored, score: 0 });
    }),
    on('finds other forms of a word, whatever the case and accents', async (index) => {
      await index.replace('a.md', 'f1', [
        passage('a1', 'a.md', 'Instalación', 'Connecting to the café'),
        passage('a2', 'a.md', 'Other', 'Nothing of that kind'),
      ]);
      for (const query of ['connects', 'CONNECTED', 'Cafe', 'instalacion'])
        assert.deepEqual(await idsOf(index, query), ['a1'], query);
    }),
    on('finds passages with any of the words, those with more of them first', async (index) => {
      await index.replace('a.md', 'f1', [
        passage('a1', 'a.md', 'One', 'green apples and something else entirely'),
        passage('a2', 'a.md', 'Two', 'green apples in a yellow basket'),
        passage('a3', 'a.md', 'Three', 'nothing to see'),
      ]);
      assert.deepEqual(await idsOf(index, 'yellow apples'), ['a2', 'a1']);
    }),
    on('puts a match in the title before one in the text', async (index) => {
      await index.replace('a.md', 'f1', [
        passage('a1', 'a.md', 'General words', 'About configuration here'),
        passage('a2', 'a.md', 'Configuration', 'About some things here'),
      ]);
      const hits = await index.search('configuration', { limit: 10 });
      assert.deepEqual(
        hits.map(({ id }) => id),
        ['a2', 'a1'],
      );
      assert.ok((hits[0]?.score ?? 0) > (hits[1]?.score ?? 0), 'higher is better');
    }),
    on('passes over words like "the" unless there are no others', async (index) => {
      await index.replace('a.md', 'f1', [
        passage('a1', 'a.md', 'One', 'the what is the of the'),
        passage('a2', 'a.md', 'Two', 'a hook of tapable'),
      ]);
      assert.deepEqual(await idsOf(index, 'What is the hook?'), ['a2']);
      assert.deepEqual(await idsOf(index, 'what is the'), ['a1']);
    }),
    on('orders equal matches by id, and keeps to the limit', async (index) => {
      const ids = ['e', 'b', 'd', 'a', 'c'];
      for (const id of ids)
        await index.replace(`${id}.md`, 'f', [passage(id, `${id}.md`, 'Same', 'the same words')]);
      assert.deepEqual(await idsOf(index, 'words', 3), ['a', 'b', 'c']);
      assert.deepEqual(await idsOf(index, 'words'), ['a', 'b', 'c', 'd', 'e']);
      assert.deepEqual(await idsOf(index, 'words', 0), []);
    }),
    on('takes any text as a query', async (index) => {
      await index.replace('a.md', 'f1', [passage('a1', 'a.md', 'Quotes', 'plain words')]);
      const odd = [
        '',
        ' ',
        '"',
        "'",
        '"plain',
        'plain"',
        'NEAR(a b)',
        'a AND',
        'OR',
        'NOT x',
        'title:plain',
        '*',
        'pl*',
        '^x',
      ];
      odd.push(
        '(',
        ')',
        '{a b}:',
        '-',
        '+',
        '\\',
        ';',
        '%',
        '_',
        '\0',
        'a\0b',
        '😀',
        '\u0301',
        '\uD800',
        '漢字',
        "'; DROP TABLE x; --",
      );
      for (const query of odd)
        assert.ok(Array.isArray(await index.search(query, { limit: 5 })), JSON.stringify(query));
      assert.deepEqual(await idsOf(index, '"plain" NEAR( -*'), ['a1']);
      const long = Array.from({ length: 5000 }, (_, n) => `w${n}`).join(' ');
      assert.deepEqual(await idsOf(index, `plain ${long}`), ['a1']);
    }),
    on('replaces a group whole', async (index) => {
      await index.replace('a.md', 'f1', [
        passage('a1', 'a.md', 'Old', 'ancient'),
        passage('a2', 'a.md', 'Old', 'gone'),
      ]);
      await index.replace('b.md', 'f1', [passage('b1', 'b.md', 'Other', 'ancient')]);
      await index.replace('a.md', 'f2', [passage('a1', 'a.md', 'New', 'modern')]);
      assert.deepEqual(await idsOf(index, 'ancient gone'), ['b1']);
      assert.deepEqual(await idsOf(index, 'modern'), ['a1']);
      assert.deepEqual(
        [...(await index.groups())],
        [
          ['a.md', 'f2'],
          ['b.md', 'f1'],
        ],
      );
    }),
    on('removes a group that has no passages any more', async (index) => {
      await index.replace('a.md', 'f1', [passage('a1', 'a.md', 'Old', 'ancient')]);
      await index.replace('a.md', 'f2', []);
      await index.replace('never.md', 'f', []);
      assert.deepEqual(await idsOf(index, 'ancient'), []);
      assert.equal((await index.groups()).size, 0);
    }),
    on('refuses passages that cannot be told apart, and keeps what was there', async (index) => {
      await index.replace('a.md', 'f1', [passage('a1', 'a.md', 'Old', 'ancient')]);
      const twice = [passage('x', 'a.md', 'A', 'new'), passage('x', 'a.md', 'B', 'new')];
      await rejectsWith(index.replace('a.md', 'f2', twice), 'AF_TEXT_SEARCH_PASSAGE_INVALID');
      const stray = [passage('y', 'b.md', 'A', 'new')];
      await rejectsWith(index.replace('a.md', 'f2', stray), 'AF_TEXT_SEARCH_PASSAGE_INVALID');
      const taken = [passage('z', 'b.md', 'A', 'new'), passage('a1', 'b.md', 'A', 'new')];
      await rejectsWith(index.replace('b.md', 'f2', taken), 'AF_TEXT_SEARCH_PASSAGE_INVALID');
      assert.deepEqual(await idsOf(index, 'ancient new'), ['a1']);
      assert.deepEqual([...(await index.groups())], [['a.md', 'f1']]);
    }),
    on('keeps indexes apart, and opens one again as it was', async (index, textSearch) => {
      const other = await textSearch.open('suite_2');
      await index.replace('a.md', 'f1', [passage('a1', 'a.md', 'Here', 'word')]);
      await other.replace('a.md', 'f9', [passage('a1', 'a.md', 'There', 'word')]);
      assert.deepEqual(
        (await index.search('word', { limit: 5 })).map(({ title }) => title),
        ['Here'],
      );
      const again = await textSearch.open('suite_2');
      assert.deepEqual([...(await again.groups())], [['a.md', 'f9']]);
      assert.deepEqual(await idsOf(again, 'there'), ['a1']);
    }),
    on('refuses names that could be mistaken for SQL', async (_index, textSearch) => {
      for (const name of ['', 'Upper', 'a-b', 'a b', 'a;b', '"', 'x'.repeat(200)])
        await rejectsWith(textSearch.open(name), 'AF_TEXT_SEARCH_NAME_INVALID');
    }),
  ];
}
