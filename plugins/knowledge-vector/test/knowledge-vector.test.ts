import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Knowledge, TenantStorage, type TenantKnowledge } from '@agent-factory/sdk/contracts';
import { rejectsWith, waitFor, type TestKernel } from '@agent-factory/sdk/testing';
import { openPlatform, type KnowledgePlatform } from './support/open-platform.ts';

const refunds =
  '# Refunds\n\nYou get your money back within 14 days.\n\n## By card\n\nIt takes three days.\n';

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(`knowledge-vector on ${engine}`, () => {
    let platform: KnowledgePlatform;
    let kernel: TestKernel;
    let mine: TenantKnowledge;
    before(async function () {
      this.timeout(60_000);
      platform = await openPlatform(engine);
      const bases = [{ name: 'handbook', sources: [{ type: 'folder', path: 'docs' }] }];
      await platform.write('refunds.md', refunds);
      await platform.write('sub/hours.html', '<h1>Hours</h1>\n<p>We are open from nine to five.</p>');
      kernel = await platform.boot({ bases });
      mine = kernel.use(Knowledge).tenant('default');
      // The plugin looks at its bases when it begins to serve.
      await waitFor('the first look', async () => (await mine.get('handbook')).lastIngest);
    });
    after(() => platform?.close());

    it('takes the documents of a folder in by itself, and finds them by meaning with where they stand', async () => {
      const { documents, chunks, embedder, lastIngest, owner } = await mine.get('handbook');
      assert.deepEqual(
        { documents, chunks, embedder, owner },
        { documents: 2, chunks: 3, embedder: 'test/small', owner: 'platform' },
      );
      assert.equal(lastIngest?.failed, 0);
      const [hit] = await mine.search({ bases: ['handbook'], text: 'A refund: money back?', by: 'meaning' });
      assert.deepEqual(hit?.citation, {
        source: 'refunds.md',
        line: 3,
        endLine: 3,
        heading: 'Refunds',
        quote: 'You get your money back within 14 days.',
      });
      assert.equal(hit?.text, 'You get your money back within 14 days.');
      const [byWords] = await mine.search({ bases: ['handbook'], text: 'nine', by: 'words' });
      assert.deepEqual(
        [byWords?.base, byWords?.citation.source, byWords?.citation.line],
        ['handbook', 'sub/hours.html', 2],
      );
      const filtered = await mine.search({
        bases: ['handbook'],
        text: 'days',
        filter: { source: 'sub/hours.html' },
        by: 'words',
      });
      assert.deepEqual(filtered, []);
    });

    it('embeds only what is new or changed, and removes what is gone', async () => {
      platform.embedder.texts.length = 0;
      const same = await mine.ingest('handbook');
      assert.deepEqual([same.ingested, same.unchanged, same.embedded], [0, 2, 0]);
      assert.deepEqual(platform.embedder.texts, []);
      await platform.write('refunds.md', `${refunds}\n## By cash\n\nAt once.\n`);
      await platform.write('pets.csv', 'animal,name\ncat,Tom\ndog,Rex\n');
      await rm(join(platform.folder, 'sub'), { recursive: true });
      const report = await mine.ingest('handbook');
      assert.deepEqual(
        [report.documents, report.chunks, report.ingested, report.unchanged, report.removed, report.embedded],
        [2, 5, 2, 0, 1, 5],
      );
      assert.equal(platform.embedder.texts.length, 5);
      const [cat] = await mine.search({ bases: ['handbook'], text: 'an animal: cat' });
      assert.deepEqual(
        [cat?.citation.source, cat?.citation.line, cat?.text],
        ['pets.csv', 2, 'animal: cat\nname: Tom'],
      );
      assert.deepEqual(await mine.search({ bases: ['handbook'], text: 'nine', by: 'words' }), []);
    });

    it('tells of each bad document, and takes the others in', async () => {
      await platform.write('bad.pdf', '%PDF-1.7 broken');
      await platform.write('picture.md', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]));
      await platform.write('huge.txt', 'x'.repeat(60_000));
      await platform.write('good.txt', 'Cats are animals.');
      const report = await mine.ingest('handbook');
      assert.deepEqual([report.ingested, report.failed], [1, 3]);
      assert.deepEqual(report.problems.map(({ source, code }) => `${source} ${code}`).sort(), [
        'bad.pdf AF_DOCUMENT_UNREADABLE',
        'huge.txt AF_DOCUMENT_TOO_LARGE',
        'picture.md AF_DOCUMENT_BINARY',
      ]);
      for (const name of ['bad.pdf', 'picture.md', 'huge.txt']) await rm(join(platform.folder, name));
      assert.equal((await mine.ingest('handbook')).failed, 0);
    });

    it('goes on where it was when the embedder was down, and searches by words meanwhile', async () => {
      for (let n = 0; n < 5; n++) await platform.write(`ship-${n}.md`, `We ship parcel ${n}.`);
      platform.embedder.texts.length = 0;
      platform.embedder.failAfter = 2;
      await rejectsWith(mine.ingest('handbook'), 'AF_KNOWLEDGE_EMBEDDER');
      const { lastIngest, isIngesting } = await mine.get('handbook');
      assert.deepEqual(
        [lastIngest?.ingested, lastIngest?.problems[0]?.code, isIngesting],
        [2, 'AF_KNOWLEDGE_EMBEDDER', false],
      );
      platform.embedder.failAfter = 0;
      const [byWords] = await mine.search({ bases: ['handbook'], text: 'parcel 1' });
      assert.equal(byWords?.citation.source, 'ship-1.md');
      await rejectsWith(
        mine.search({ bases: ['handbook'], text: 'x', by: 'meaning' }),
        'AF_KNOWLEDGE_EMBEDDER',
      );
      platform.embedder.failAfter = Infinity;
      const report = await mine.ingest('handbook');
      assert.equal(report.ingested, 3);
      assert.equal(
        new Set(platform.embedder.texts).size,
        platform.embedder.texts.length,
        'nothing was embedded twice',
      );
    });

    it('refuses vectors of another length under the same name, document by document', async () => {
      platform.embedder.dimensions = 3;
      await platform.write('other.md', 'Other.');
      const report = await mine.ingest('handbook');
      assert.deepEqual(
        report.problems.map(({ code }) => code),
        ['AF_VECTOR_DIMENSIONS'],
      );
      platform.embedder.dimensions = 5;
      assert.equal((await mine.ingest('handbook')).failed, 0);
    });

    it('lets one process at a time take documents in, and another go on when it died', async () => {
      const other = await platform.boot({
        bases: [{ name: 'handbook', sources: [{ type: 'folder', path: 'docs' }] }],
      });
      const theirs = other.use(Knowledge).tenant('default');
      const database = await kernel.use(TenantStorage).tenant('default');
      const hold = (ms: number): Promise<unknown> =>
        database.execute(
          'UPDATE af_knowledge_vector_bases SET lease_owner = ?, lease_until = ? WHERE name = ?',
          ['a process that died', Date.now() + ms, 'handbook'],
        );
      await hold(60_000);
      await rejectsWith(theirs.ingest('handbook'), 'AF_KNOWLEDGE_BUSY');
      assert.equal((await theirs.get('handbook')).isIngesting, true);
      await hold(-1);
      const both = await Promise.allSettled([mine.ingest('handbook'), theirs.ingest('handbook')]);
      assert.ok(both.some(({ status }) => status === 'fulfilled'));
      for (const one of both)
        if (one.status === 'rejected') assert.equal(one.reason.code, 'AF_KNOWLEDGE_BUSY');
      await other.close();
    });

    it('embeds everything anew when another embedder is used, also what was added by the API', async () => {
      await mine.addDocument('handbook', { source: 'note.md', content: '# Note\n\nDogs are welcome.' });
      const again = await platform.boot({
        bases: [
          {
            name: 'handbook',
            sources: [{ type: 'folder', path: 'docs' }],
            embedding: { model: 'test/small', dimensions: 5 },
          },
        ],
      });
      const theirs = again.use(Knowledge).tenant('default');
      const ingested = async (): Promise<boolean> => {
        const { embedder, lastIngest, isIngesting } = await theirs.get('handbook');
        return embedder === 'test/small@5' && !isIngesting && lastIngest?.unchanged === 0;
      };
      await waitFor('all of it', ingested);
      const { documents, lastIngest } = await theirs.get('handbook');
      assert.equal(lastIngest?.ingested, documents);
      const [dog] = await theirs.search({
        bases: ['handbook'],
        text: 'dog',
        by: 'meaning',
        filter: { source: 'note.md' },
      });
      assert.equal(dog?.citation.source, 'note.md');
      await again.close();
    });

    it('keeps what it has when the folder cannot be listed', async () => {
      const lost = await platform.boot({
        bases: [{ name: 'handbook', sources: [{ type: 'folder', path: 'nowhere' }] }],
      });
      const theirs = lost.use(Knowledge).tenant('default');
      const before = (await theirs.get('handbook')).documents;
      const report = await waitFor('the look that fails', async () => {
        const { lastIngest } = await theirs.get('handbook');
        return lastIngest?.problems[0]?.code === 'AF_KNOWLEDGE_INVALID' && lastIngest;
      });
      assert.deepEqual([report.documents, report.removed], [before, 0]);
      await lost.close();
    });

    it("keeps a tenant's bases to itself, and lets it change no others", async () => {
      const tenants = kernel.use(TenantStorage);
      for (const id of ['ann', 'bob']) await tenants.create(id);
      const [ann, bob] = [kernel.use(Knowledge).tenant('ann'), kernel.use(Knowledge).tenant('bob')];
      await ann.put({
        name: 'notes',
        sources: [{ type: 'text', title: 'cat.md', text: '# Cats\n\nTom is a cat.' }],
      });
      assert.equal((await ann.ingest('notes')).ingested, 1);
      await ann.addDocument('notes', { source: 'dog.txt', content: 'Rex is a dog.' });
      const [hit] = await ann.search({ bases: ['notes', 'handbook'], text: 'Tom', by: 'words' });
      assert.deepEqual([hit?.base, hit?.citation.source, hit?.citation.line], ['notes', 'cat.md', 3]);
      assert.deepEqual(
        (await ann.list()).map(({ base, owner }) => [base.name, owner]),
        [
          ['handbook', 'platform'],
          ['notes', 'tenant'],
        ],
      );
      assert.deepEqual(
        (await ann.documents('notes')).map(({ source, isGiven }) => [source, isGiven]),
        [
          ['cat.md', false],
          ['dog.txt', true],
        ],
      );
      await rejectsWith(bob.search({ bases: ['notes'], text: 'Tom' }), 'AF_KNOWLEDGE_UNKNOWN');
      assert.equal((await bob.search({ bases: ['handbook'], text: 'refund' })).length > 0, true);
      await rejectsWith(ann.ingest('handbook'), 'AF_KNOWLEDGE_FIXED');
      await rejectsWith(ann.addDocument('handbook', { source: 'x.md', content: 'x' }), 'AF_KNOWLEDGE_FIXED');
      await rejectsWith(ann.put({ name: 'handbook', sources: [] }), 'AF_KNOWLEDGE_FIXED');
      await rejectsWith(
        ann.put({ name: 'files', sources: [{ type: 'folder', path: '/etc' }] }),
        'AF_KNOWLEDGE_INVALID',
      );
      await rejectsWith(ann.addDocument('notes', { source: 'cat.md', content: 'x' }), 'AF_KNOWLEDGE_INVALID');
      await rejectsWith(
        ann.addDocument('notes', { source: 'a.exe', content: 'x' }),
        'AF_DOCUMENT_TYPE_UNKNOWN',
      );
      assert.equal(await ann.removeDocument('notes', 'dog.txt'), true);
      assert.equal(await ann.remove('notes'), true);
      assert.equal(await ann.remove('notes'), false);
      await rejectsWith(ann.get('notes'), 'AF_KNOWLEDGE_UNKNOWN');
    });

    it('refuses searches and definitions that make no sense', async () => {
      for (const query of [
        { bases: [], text: 'x' },
        { bases: ['handbook'], text: ' ' },
        { bases: ['handbook'], text: 'x', limit: 0 },
      ])
        await rejectsWith(mine.search(query), 'AF_KNOWLEDGE_QUERY_INVALID');
      const overlap = { name: 'bad', sources: [], chunking: { maxTokens: 20, overlapTokens: 15 } };
      await rejectsWith(mine.put(overlap), 'AF_KNOWLEDGE_INVALID');
      const twice = { type: 'text', title: 'a.md', text: 'x' } as const;
      await rejectsWith(mine.put({ name: 'bad', sources: [twice, twice] }), 'AF_KNOWLEDGE_INVALID');
    });
  });
}
