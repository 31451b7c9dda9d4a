import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Maintenance, StorageTransfer } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { fill, openPlatform, type Engine, type TestPlatform } from './open-platform.ts';

const notesOf = async ({ tenants }: TestPlatform, id: string): Promise<number> => {
  const rows = await (
    await tenants.tenant(id)
  ).query<{ n: number }>('SELECT COUNT(*) AS n FROM af_suite_notes');
  return rows[0]?.n ?? -1;
};
const partsOf = async ({ storage }: TestPlatform): Promise<number> =>
  (await storage.query<{ n: number }>('SELECT COUNT(*) AS n FROM af_suite_parts'))[0]?.n ?? -1;

describe('storage-backup', function () {
  this.timeout(30_000);
  const open: TestPlatform[] = [];
  const platform = async (engine: Engine, steps?: number): Promise<TestPlatform> => {
    const opened = await openPlatform(engine, steps);
    open.push(opened);
    return opened;
  };
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  for (const [from, to] of [
    ['sqlite', 'sqlite'],
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
    ['postgres', 'postgres'],
  ] as const) {
    it(`restores an archive of ${from} into ${to}, equal to the byte`, async () => {
      const source = await platform(from);
      await fill(source, 1200);
      const file = join(source.folder, 'all.jsonl.gz');
      const archived = await source.backup.archive(file);
      assert.equal(archived.rows, 3601);
      assert.deepEqual(await source.backup.verify(file), archived);
      const target = await platform(to);
      assert.deepEqual(await target.backup.restore(file), archived);
      assert.deepEqual([await partsOf(target), await notesOf(target, 'acme')], [1200, 1200]);
      const again = join(target.folder, 'again.jsonl.gz');
      assert.deepEqual(await target.backup.archive(again), archived);
    });
  }

  for (const [from, to] of [
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const) {
    it(`goes on with a copy from ${from} to ${to} that was interrupted twice`, async () => {
      const source = await platform(from);
      await fill(source, 2100);
      const target = await platform(to);
      for (const stopAt of [1500, 4000]) {
        const controller = new AbortController();
        const copy = source.backup.copyTo(target.transfer, {
          signal: controller.signal,
          onProgress: ({ total }) => total >= stopAt && controller.abort(new Error('unplugged')),
        });
        await assert.rejects(copy, /unplugged/);
      }
      let written = 0;
      const counted: StorageTransfer = {
        ...target.transfer,
        snapshot: (work) => target.transfer.snapshot(work),
        write: (scope, table, rows) => {
          written += rows.length;
          return target.transfer.write(scope, table, rows);
        },
      };
      const report = await source.backup.copyTo(counted);
      assert.equal(report.rows, 6301);
      assert.ok(written < 6301 - 3000, `${written} rows were written in the last attempt`);
      assert.deepEqual(await target.backup.archive(join(target.folder, 'copy.gz')), report);
    });
  }

  it('archives one moment while others write', async () => {
    const source = await platform('sqlite');
    await fill(source, 3000);
    let writes = 0;
    const file = join(source.folder, 'moment.gz');
    const report = await source.backup.archive(file, {
      onProgress: () => {
        writes++;
        void source.storage.execute("UPDATE af_suite_parts SET colour = 'red'");
      },
    });
    assert.ok(writes > 3);
    const target = await platform('sqlite');
    assert.deepEqual(await target.backup.restore(file), report);
    const [red] = await target.storage.query<{ n: number }>(
      "SELECT COUNT(*) AS n FROM af_suite_parts WHERE colour = 'red'",
    );
    assert.equal(red?.n, 0);
  });

  it('exports one tenant, and puts it back without touching the others', async () => {
    const source = await platform('sqlite');
    await fill(source, 20);
    const file = join(source.folder, 'acme.gz');
    const report = await source.backup.archive(file, { tenant: 'acme' });
    assert.deepEqual([...new Set(report.tables.map(({ scope }) => scope))], ['acme']);
    assert.ok(!gunzipSync(await readFile(file)).includes('globex'));
    await (await source.tenants.tenant('acme')).execute("UPDATE af_suite_notes SET body = 'lost'");
    await (await source.tenants.tenant('globex')).execute("UPDATE af_suite_notes SET body = 'kept'");
    await source.backup.restore(file, { replace: true });
    const [acme] = await (
      await source.tenants.tenant('acme')
    ).query('SELECT body FROM af_suite_notes WHERE id = 1');
    const [globex] = await (
      await source.tenants.tenant('globex')
    ).query('SELECT body FROM af_suite_notes WHERE id = 1');
    assert.deepEqual([acme, globex], [{ body: 'acme "1"\n\u2028\u0085' }, { body: 'kept' }]);
    await assert.rejects(source.backup.archive(join(source.folder, 'no.gz'), { tenant: 'nobody' }), {
      code: 'AF_BACKUP_TENANT_UNKNOWN',
    });
    assert.ok(!existsSync(join(source.folder, 'no.gz')) && !existsSync(join(source.folder, 'no.gz.partial')));
  });

  it('serves an older archive with a newer schema, and refuses the other way round', async () => {
    const older = await platform('sqlite', 1);
    await fill(older, 5);
    const old = join(older.folder, 'old.gz');
    await older.backup.archive(old);
    const newer = await platform('sqlite');
    await newer.backup.restore(old);
    const rows = await newer.storage.query('SELECT DISTINCT colour FROM af_suite_parts');
    assert.deepEqual(rows, [{ colour: 'grey' }]);
    const recent = join(newer.folder, 'recent.gz');
    await newer.backup.archive(recent);
    const another = await platform('sqlite', 1);
    await assert.rejects(another.backup.restore(recent), { code: 'AF_BACKUP_SCHEMA_DIFFERS' });
    assert.equal(await partsOf(another), 0);
  });

  it('refuses a target with other rows, unless they may be replaced', async () => {
    const source = await platform('sqlite');
    await fill(source, 10);
    const target = await platform('sqlite');
    await fill(target, 12);
    await target.storage.execute("UPDATE af_suite_parts SET colour = 'mine'");
    await assert.rejects(source.backup.copyTo(target.transfer), { code: 'AF_BACKUP_TARGET_DIFFERS' });
    assert.equal(await partsOf(target), 12);
    await source.backup.copyTo(target.transfer, { replace: true });
    assert.deepEqual([await partsOf(target), await notesOf(target, 'globex')], [10, 10]);
  });

  it('refuses a target with tenants of its own, and one that is the source itself', async () => {
    const source = await platform('sqlite');
    await source.storage.execute("INSERT INTO af_suite_wholes (id, name) VALUES (1, 'one')");
    const target = await platform('sqlite');
    await target.tenants.create('initech');
    await (await target.tenants.tenant('initech')).execute("INSERT INTO af_suite_notes VALUES (1, 'mine')");
    await assert.rejects(source.backup.copyTo(target.transfer), { code: 'AF_BACKUP_TARGET_DIFFERS' });
    await source.backup.copyTo(target.transfer, { replace: true });
    assert.equal(await notesOf(target, 'initech'), 0);
    const itself = await bootTestKernel({
      plugins: ['@agent-factory/plugin-storage-sqlite'],
      dataDir: source.kernel.dataDir,
    });
    const copy = source.backup.copyTo(itself.use(StorageTransfer), { replace: true });
    await assert.rejects(copy, { code: 'AF_BACKUP_SAME_STORAGE' });
    await itself.close();
  });

  it('leaves tables out that are to be skipped', async () => {
    const source = await platform('sqlite');
    await fill(source, 10);
    const target = await platform('sqlite');
    await source.backup.copyTo(target.transfer, { skip: ['af_suite_parts'] });
    assert.deepEqual([await partsOf(target), await notesOf(target, 'acme')], [0, 10]);
  });

  it('notices an archive that is cut off, changed, or none, and changes nothing', async () => {
    const source = await platform('sqlite');
    await fill(source, 300);
    const file = join(source.folder, 'good.gz');
    await source.backup.archive(file);
    const text = gunzipSync(await readFile(file)).toString();
    const broken: Record<string, [content: Buffer | string, code: string]> = {
      'cut off': [(await readFile(file)).subarray(0, 2000), 'AF_BACKUP_DAMAGED'],
      'without its end': [gzipSync(text.slice(0, text.lastIndexOf('{"done"'))), 'AF_BACKUP_DAMAGED'],
      'with a row less': [gzipSync(text.replace(/^\[.*\n/m, '')), 'AF_BACKUP_DAMAGED'],
      'with a row changed': [gzipSync(text.replace('part 7 ✓', 'part 7 ✗')), 'AF_BACKUP_DAMAGED'],
      'of a tenant, with others': [
        gzipSync(text.replace('"schema"', '"tenant":"acme","schema"')),
        'AF_BACKUP_DAMAGED',
      ],
      'of another kind': [gzipSync('{"hello":1}\n'), 'AF_BACKUP_FORMAT'],
      'of the future': [gzipSync(text.replace('"version":1', '"version":2')), 'AF_BACKUP_FORMAT'],
      'not compressed': ['plain text', 'AF_BACKUP_DAMAGED'],
      empty: ['', 'AF_BACKUP_DAMAGED'],
    };
    const target = await platform('sqlite');
    for (const [name, [content, code]] of Object.entries(broken)) {
      const bad = join(target.folder, 'bad.gz');
      await writeFile(bad, content);
      await assert.rejects(target.backup.verify(bad), { code }, name);
      await assert.rejects(target.backup.restore(bad), { code }, name);
    }
    await assert.rejects(target.backup.restore(join(target.folder, 'missing.gz')), {
      code: 'AF_BACKUP_FILE',
    });
    assert.equal(await partsOf(target), 0);
    await truncate(file, 0);
    await assert.rejects(source.backup.archive(join(file, 'inside.gz')), { code: 'AF_BACKUP_FILE' });
  });

  it('makes archives on a schedule, checks them, and keeps the newest', async () => {
    const { folder } = await platform('sqlite');
    const kernel = await bootTestKernel({
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        { use: '@agent-factory/plugin-storage-backup', config: { folder: join(folder, 'backups'), keep: 2 } },
        '@agent-factory/plugin-maintenance',
      ],
      role: 'api',
    });
    try {
      for (let n = 0; n < 4; n++) await kernel.use(Maintenance).run('storage-backup');
      const names = await readdir(join(folder, 'backups'));
      assert.equal(names.length, 2);
      assert.ok(names.every((name) => /^backup-\d{8}T\d{9}Z\.jsonl\.gz$/.test(name)));
    } finally {
      await kernel.close();
    }
  });
});
