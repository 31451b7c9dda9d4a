import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

const plugin = (name: string): string => join(import.meta.dirname, '../../../plugins', name);

describe('agent-factory knowledge', function () {
  this.timeout(90_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder('documents');
    mkdirSync(join(folder, 'shelf'));
    writeFileSync(join(folder, 'shelf', 'cats.md'), '# Cats\n\nTom is a cat.\n');
    writeFileSync(join(folder, 'shelf', 'bad.md'), Buffer.from([0, 1, 2]));
    const file = join(folder, 'agent-factory.config.yaml');
    const added = ['vector-sql', 'documents-builtin'].map((name) => `\n  - '${plugin(name)}'`).join('');
    const knowledge = `\n  - use: '${plugin('knowledge-vector')}'\n    config:\n      bases:\n        - name: pets\n          sources: [{ type: folder, path: ./shelf }]\n`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^plugins:/m, `plugins:${added}${knowledge}`));
  });
  afterEach(cleanUp);
  const knowledge = (...args: string[]): Promise<Outcome> => af(folder, ['knowledge', ...args]);

  it('takes a folder in, says what is bad, and finds passages with their lines', async () => {
    const ingested = await knowledge('ingest', 'pets');
    assert.equal(ingested.code, 0, ingested.stderr);
    assert.match(ingested.stdout, /1 documents \(1 chunks\)[^]*1 bad[^]*AF_DOCUMENT_BINARY bad\.md/);
    const found = await knowledge('search', 'who is Tom', 'pets');
    assert.match(found.stdout, /cats\.md:3 {2}pets, Cats\n {2}Tom is a cat\./);
    assert.match((await knowledge('list')).stdout, /pets +platform +1 +1 +local\/words +1/);
  });

  it("keeps a tenant's own base from files, shows and removes it", async () => {
    writeFileSync(join(folder, 'dogs.txt'), 'Rex is a dog.');
    const added = await knowledge('add', 'mine', 'dogs.txt', '--description', 'Dogs');
    assert.match(added.stdout, /Added dogs\.txt \(1 chunks\)/);
    assert.match((await knowledge('show', 'mine')).stdout, /mine {2}Dogs\n {2}dogs\.txt \(1 chunks, added\)/);
    assert.match((await knowledge('remove', 'mine', 'dogs.txt')).stdout, /Removed dogs\.txt/);
    assert.match((await knowledge('remove', 'mine')).stdout, /Removed mine/);
    const gone = await knowledge('show', 'mine');
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /AF_KNOWLEDGE_UNKNOWN/);
  });
});
