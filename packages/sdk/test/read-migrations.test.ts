import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { readMigrations } from '@agent-factory/sdk/contracts';

describe('migrations in files', () => {
  let folder = '';
  const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  };
  const refused = (expected: RegExp) => (error: unknown) =>
    isAgentFactoryError(error, 'AF_STORAGE_MIGRATION_FILE') && expected.test(error.message);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-factory-migrations-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('come in the order of their numbers, with the way back', async () => {
    await put({
      '0002-add-colour.sql': 'up 2',
      '0002-add-colour.down.sql': 'down 2',
      '0001-create-things.sql': 'up 1',
      '0001-create-things.down.sql': 'down 1',
      'README.md': 'not SQL',
    });
    assert.deepEqual(readMigrations(pathToFileURL(folder), 'sqlite', 'platform'), [
      { version: 1, name: 'create-things', up: 'up 1', down: 'down 1' },
      { version: 2, name: 'add-colour', up: 'up 2', down: 'down 2' },
    ]);
  });

  it('are those of their own engine where there are any', async () => {
    await put({
      '0001-create.sql': 'any',
      '0001-create.postgres.sql': 'postgres',
      '0001-create.down.sql': 'any back',
      '0001-create.down.sqlite.sql': 'sqlite back',
    });
    const texts = (dialect: 'sqlite' | 'postgres'): readonly string[] =>
      readMigrations(folder, dialect, 'platform').flatMap(({ up, down }) => [up, down]);
    assert.deepEqual(texts('sqlite'), ['any', 'sqlite back']);
    assert.deepEqual(texts('postgres'), ['postgres', 'any back']);
  });

  it('of tenants lie in a folder of their own', async () => {
    await put({ 'tenant/0001-create.sql': 'up', 'tenant/0001-create.down.sql': 'down' });
    assert.deepEqual(readMigrations(folder, 'sqlite', 'platform'), []);
    assert.equal(readMigrations(folder, 'sqlite', 'tenant').length, 1);
  });

  it('run without a transaction when their first line says so', async () => {
    await put({
      '0001-index.sql': '-- no-transaction\nCREATE INDEX x',
      '0001-index.down.sql': 'DROP INDEX x',
    });
    assert.equal(readMigrations(folder, 'sqlite', 'platform')[0]?.transactional, false);
  });

  it('are none where there is no folder', () => {
    assert.deepEqual(readMigrations(join(folder, 'nowhere'), 'sqlite', 'tenant'), []);
  });

  it('are refused when a file does not fit, with its name', async () => {
    await put({ '1-create.sql': 'x' });
    assert.throws(
      () => readMigrations(folder, 'sqlite', 'platform'),
      refused(/1-create\.sql.*name is not like/),
    );
    await rm(join(folder, '1-create.sql'));
    await put({ '0001-create.sql': 'x', '0001-create.down.sql': 'x', '0001-other.sql': 'x' });
    assert.throws(
      () => readMigrations(folder, 'sqlite', 'platform'),
      refused(/0001-other\.sql.*has its number/),
    );
  });

  it('are refused when a way is missing', async () => {
    await put({ '0001-create.sql': 'x' });
    assert.throws(() => readMigrations(folder, 'sqlite', 'platform'), refused(/way back is missing/));
    await put({ '0001-create.down.sql': 'x', '0002-more.postgres.sql': 'x', '0002-more.down.sql': 'x' });
    assert.throws(
      () => readMigrations(folder, 'sqlite', 'platform'),
      refused(/way forward is missing on sqlite/),
    );
    assert.equal(readMigrations(folder, 'postgres', 'platform').length, 2);
  });
});
