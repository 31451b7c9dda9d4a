import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import { startPostgres, type TestServer } from '@agent-factory/test-servers';
import { createPostgresStorage, openPostgresServer } from '../src/postgres-storage.ts';
import { poolOptions } from './pool-options.ts';
import { refusal } from './refusal.ts';

describe('a PostgreSQL whose disk has no room', function () {
  this.timeout(60_000);
  let folder = '';
  let server: TestServer | undefined;
  let admin: pg.Client | undefined;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'agent-factory-full-'));
    try {
      // An empty database takes 8 MB of it.
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      rmSync(folder, { recursive: true });
      console.warn('      Skipped: this user may mount no small disk (run as root to test a full one).');
      this.skip();
    }
  });
  before(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    const { rows } = await admin.query<{ data_directory: string }>('SHOW data_directory');
    const { uid, gid } = statSync(rows[0]?.data_directory ?? '');
    chownSync(folder, uid, gid);
    await admin.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
    await admin.query('CREATE ROLE keeper LOGIN CREATEROLE');
    await admin.query('CREATE DATABASE small OWNER keeper TABLESPACE small');
  });
  after(async () => {
    if (server === undefined) return; // skipped
    await admin?.end();
    await server.stop();
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });

  it('fails writes, keeps what was acknowledged and readable, and goes on when there is room', async () => {
    const url = new URL(server?.url ?? '');
    url.username = 'keeper';
    url.pathname = '/small';
    const opened = await openPostgresServer(poolOptions(url.href));
    const { storage } = createPostgresStorage(opened, { kernelVersion: '0.1.0' });
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY, body TEXT)');
    // Stored as it is, or it would be made small.
    await storage.execute('ALTER TABLE af_test_rows ALTER body SET STORAGE EXTERNAL');
    const insert = "INSERT INTO af_test_rows VALUES (?, repeat('x', 50000))";
    const ids = async (): Promise<number> =>
      (
        await storage.query<{ n: number }>(
          'SELECT COUNT(*) AS n FROM af_test_rows WHERE length(body) = 50000',
        )
      )[0]?.n ?? 0;
    let acknowledged = 0;
    let error: AgentFactoryError | undefined;
    while (error === undefined && acknowledged < 1000)
      await storage.execute(insert, [acknowledged]).then(
        () => acknowledged++,
        (reason: unknown) => {
          assert.ok(isAgentFactoryError(reason), String(reason));
          error = reason;
        },
      );
    assert.deepEqual([error?.code, error?.retryable], ['AF_STORAGE_FULL', true]);
    assert.match(error?.fix ?? '', /Free space/);
    const half = storage.batch([
      { sql: "INSERT INTO af_test_rows VALUES (-1, '')" },
      { sql: insert, params: [-2] },
    ]);
    assert.equal((await refusal(half)).code, 'AF_STORAGE_FULL');
    assert.equal(await ids(), acknowledged);
    assert.deepEqual(await storage.query('SELECT id FROM af_test_rows WHERE id < 0'), []);
    execFileSync('mount', ['-o', 'remount,size=64m', folder]);
    await storage.execute(insert, [acknowledged]);
    assert.equal(await ids(), acknowledged + 1);
    await opened.close();
  });
});
