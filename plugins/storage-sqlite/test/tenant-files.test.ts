import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Migration } from '@agent-factory/sdk/contracts';
import { openTestPlatform, type TestPlatform } from './open-test-storage.ts';

const rows: Migration = {
  version: 1,
  name: 'create-rows',
  up: 'CREATE TABLE af_test_rows ({{tenant.column}} id BIGINT NOT NULL, body TEXT, PRIMARY KEY ({{tenant.key}} id))',
  down: 'DROP TABLE af_test_rows',
};
const more: Migration = {
  version: 2,
  name: 'add-more',
  up: 'ALTER TABLE af_test_rows ADD COLUMN more TEXT',
  down: 'ALTER TABLE af_test_rows DROP COLUMN more',
};
const insert = 'INSERT INTO af_test_rows (id, body) VALUES (?, ?)';
const hasCode = (code: `AF_${string}`) => (error: unknown) => isAgentFactoryError(error, code);

/** Opens a platform, and closes it after the case. */
function onPlatform(
  name: string,
  work: (platform: TestPlatform) => Promise<void>,
  options: Parameters<typeof openTestPlatform>[0] = {},
): void {
  it(name, async () => {
    const platform = await openTestPlatform(options);
    try {
      await work(platform);
    } finally {
      await platform.close();
    }
  });
}

describe('files of tenants', () => {
  onPlatform('are made when they are needed, and not by starting', async ({ tenants, tenantsFolder }) => {
    await tenants.migrate('test', [rows]);
    assert.ok(!existsSync(tenantsFolder));
    await (await tenants.tenant('default')).execute(insert, [1, 'one']);
    assert.ok(existsSync(join(tenantsFolder, 'default.db')));
  });

  onPlatform('come and go while more tenants work than stay open', async ({ tenants }) => {
    await tenants.migrate('test', [rows]);
    const ids = Array.from({ length: 12 }, (_, n) => `t${n}`);
    for (const id of ids) await tenants.create(id);
    const handles = await Promise.all(ids.map((id) => tenants.tenant(id)));
    for (let round = 0; round < 5; round++)
      await Promise.all(
        handles.map((tenant, n) =>
          n % 2 === 0
            ? tenant.execute(insert, [round, 'x'])
            : tenant.transaction(async (tx) => {
                await tx.execute(insert, [round, 'x']);
                await sleep(1); // others push it out meanwhile, if it can be pushed out
                return tx.query('SELECT id FROM af_test_rows');
              }),
        ),
      );
    for (const tenant of handles)
      assert.deepEqual(await tenant.query('SELECT COUNT(*) AS n FROM af_test_rows'), [{ n: 5 }]);
  });

  onPlatform('leave nothing open beyond what may stay open', async ({ tenants, tenantsFolder }) => {
    await tenants.migrate('test', [rows]);
    for (let n = 0; n < 8; n++) {
      await tenants.create(`t${n}`);
      await (await tenants.tenant(`t${n}`)).execute(insert, [1, 'x']);
    }
    const open = readdirSync(tenantsFolder).filter((name) => name.endsWith('.db-wal'));
    assert.deepEqual(open.sort(), ['t5.db-wal', 't6.db-wal', 't7.db-wal'], 'a file closed folds its log in');
  });

  onPlatform('are gone with their logs when the tenant is erased', async ({ tenants, tenantsFolder }) => {
    await tenants.migrate('test', [rows]);
    await tenants.create('acme');
    await (await tenants.tenant('acme')).execute(insert, [1, 'a secret']);
    await tenants.erase('acme');
    assert.deepEqual(
      readdirSync(tenantsFolder).filter((name) => name.includes('acme')),
      [],
    );
  });

  onPlatform('are erased although damaged, and although a transaction is under way', async (platform) => {
    const { tenants, tenantsFolder } = platform;
    await tenants.migrate('test', [rows]);
    for (const id of ['acme', 'globex']) await tenants.create(id);
    await writeFile(join(tenantsFolder, 'globex.db'), 'Dear reader, this is no database. '.repeat(100));
    await assert.rejects((await tenants.tenant('globex')).query('SELECT 1'), hasCode('AF_STORAGE_CORRUPT'));
    await tenants.erase('globex');
    const acme = await tenants.tenant('acme');
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const transaction = acme.transaction(async (tx) => {
      start();
      await sleep(5);
      return tx.execute(insert, [1, 'one']);
    });
    await started;
    const erased = tenants.erase('acme');
    await assert.rejects(acme.query('SELECT 1'), hasCode('AF_TENANT_UNKNOWN'));
    assert.equal((await transaction).changes, 1);
    await Promise.all([erased, tenants.erase('acme')]);
    assert.deepEqual(await tenants.list(), ['default']);
  });

  onPlatform('are not erased from inside their own transaction', async ({ tenants }) => {
    await tenants.create('acme');
    const acme = await tenants.tenant('acme');
    await assert.rejects(
      acme.transaction(() => tenants.erase('acme')),
      hasCode('AF_STORAGE_NESTED'),
    );
    await acme.query('SELECT 1');
  });

  onPlatform('never take a log left behind for their own', async ({ tenants, tenantsFolder }) => {
    await tenants.migrate('test', [rows]);
    await tenants.create('acme');
    await (await tenants.tenant('acme')).execute(insert, [1, 'old']);
    const log = await readFile(join(tenantsFolder, 'acme.db-wal'));
    await tenants.erase('acme');
    await writeFile(join(tenantsFolder, 'acme.db-wal'), log);
    await tenants.create('acme');
    assert.deepEqual(await (await tenants.tenant('acme')).query('SELECT * FROM af_test_rows'), []);
  });

  onPlatform('that a dead process left half-made are swept away', async (platform) => {
    const { tenants, tenantsFolder, another } = platform;
    await mkdir(tenantsFolder);
    const old = join(tenantsFolder, '.new-acme-1');
    for (const name of ['.new-acme-1', '.new-acme-2', '.gone-acme-1', 'acme.db-wal', 'acme.db-shm'])
      await writeFile(join(tenantsFolder, name), 'x');
    await utimes(old, 0, 0);
    await (await another()).tenants.create('globex');
    assert.deepEqual(await tenants.list(), ['default', 'globex']);
    const left = readdirSync(tenantsFolder).filter((name) => name.includes('acme'));
    assert.deepEqual(left, ['.new-acme-2'], 'one that may still be in the making stays');
  });

  onPlatform('are seen by a second pool as soon as they are there', async ({ tenants, another }) => {
    const other = (await another()).tenants;
    await tenants.migrate('test', [rows]);
    const kept = await other.tenant('default');
    await kept.execute(insert, [1, 'one']);
    await tenants.migrate('test', [rows, more]);
    assert.deepEqual(await kept.query('SELECT * FROM af_test_rows'), [{ id: 1, body: 'one', more: null }]);
  });

  onPlatform('refuse the platform nothing when one of them is damaged', async (platform) => {
    const { tenants, tenantsFolder, another } = platform;
    const { ledger, tenants: later } = await another();
    await tenants.migrate('test', [rows]);
    for (const id of ['acme', 'globex']) await tenants.create(id);
    const whole = await readFile(join(tenantsFolder, 'acme.db'));
    await writeFile(join(tenantsFolder, 'acme.db'), Buffer.alloc(8192, 7));
    await later.migrate('test', [rows, more]);
    await (await later.tenant('globex')).query('SELECT more FROM af_test_rows');
    await assert.rejects((await later.tenant('acme')).query('SELECT 1'), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_STORAGE_CORRUPT'));
      return error.message.includes(join(tenantsFolder, 'acme.db'));
    });
    const versions = (await ledger.applied()).map(({ version }) => version);
    assert.deepEqual(versions, [1], 'what not every tenant has is not applied');
    await writeFile(join(tenantsFolder, 'acme.db'), whole);
    await later.migrate('test', [rows, more]);
    await (await later.tenant('acme')).query('SELECT more FROM af_test_rows');
    assert.equal((await ledger.applied()).length, 2);
  });

  it('that nobody may write to say so', async function () {
    if (process.getuid?.() === 0) this.skip(); // root may write to files that nobody may write to
    const { tenants, tenantsFolder, close } = await openTestPlatform();
    await tenants.create('acme');
    await chmod(join(tenantsFolder, 'acme.db'), 0o444);
    const acme = await tenants.tenant('acme');
    await assert.rejects(acme.execute('CREATE TABLE af_test_x (a)'), hasCode('AF_STORAGE_READ_ONLY'));
    await chmod(tenantsFolder, 0o555);
    await assert.rejects(tenants.create('globex'), hasCode('AF_STORAGE_OPEN_FAILED'));
    await chmod(tenantsFolder, 0o755);
    await close();
  });

  onPlatform(
    'that stay locked are refused, as an error that may be retried',
    async ({ tenants, tenantsFolder }) => {
      await tenants.migrate('test', [rows]);
      await tenants.create('acme');
      const other = new Database(join(tenantsFolder, 'acme.db'));
      other.exec('BEGIN IMMEDIATE');
      const acme = await tenants.tenant('acme');
      for (const use of [() => acme.execute(insert, [1, 'x']), () => tenants.erase('acme')])
        await assert.rejects(
          use,
          (error) => isAgentFactoryError(error, 'AF_STORAGE_LOCKED') && error.retryable,
        );
      other.close();
      await acme.execute(insert, [1, 'x']);
    },
    { busyTimeoutMs: 30 },
  );

  it('stay as they were when a process is killed that makes them', async function () {
    this.timeout(60_000);
    const platform = await openTestPlatform();
    const { tenants, tenantsFolder, file, close } = platform;
    await tenants.migrate('test', [rows]);
    const script = join(import.meta.dirname, 'fixtures', 'create-tenants.ts');
    let made = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [
        '--conditions=@agent-factory/source',
        script,
        file,
        `r${round}`,
      ]);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const gone = once(child, 'exit');
      await once(child.stdout, 'data'); // it is at work
      await sleep(round * 3);
      child.kill('SIGKILL');
      await gone;
      for (const id of said.split('\n').slice(0, -1)) {
        assert.ok(existsSync(join(tenantsFolder, `${id}.db`)), `${id} was acknowledged`);
        made++;
      }
    }
    assert.ok(made > 0);
    for (const id of await tenants.list({ limit: 100_000 })) {
      const tenant = await tenants.tenant(id);
      assert.deepEqual(await tenant.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
      await tenant.execute(insert, [1, 'whole']);
    }
    await close();
  });
});
