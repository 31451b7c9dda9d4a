import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import {
  createUseTenant,
  eraseTenant,
  HttpServer,
  SecretStore,
  SecretVault,
  Storage,
  StorageBackup,
  TenantEraser,
  TenantStorage,
  type SqlDatabase,
} from '@agent-factory/sdk/contracts';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { createSecretEraser } from '../src/secret-eraser.ts';
import { keep, rowsOf, secretsPlugin } from './support/open-secrets.ts';

const canary = 'CANARY-5e1f-of-a-secret';
/** As it is, and as it may be written. */
const forms = [
  canary,
  Buffer.from(canary).toString('base64').slice(0, 28),
  Buffer.from(canary).toString('hex'),
];
const path = '/api/v1/secrets/shop_token';

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`routes of secrets-sql on ${engine}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    let dataDir: string;
    let kernel: Kernel;
    const seen: string[] = [];
    before(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-canary-'));
      storage = await open();
      kernel = createKernel({
        config: {
          dataDir,
          log: { level: 'debug', format: 'json' },
          plugins: [
            storage.plugin,
            secretsPlugin(['k1']),
            ...['audit-sql', 'idempotency-sql', 'storage-backup'].map((id) => `@agent-factory/plugin-${id}`),
            { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
          ],
        },
        baseDir: import.meta.dirname,
        env: {},
        lock: false,
        writeLog: (line) => seen.push(line),
      });
      await kernel.start();
    });
    after(async () => {
      await kernel?.close();
      await storage?.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    const ask = async (method: string, at: string, body?: unknown, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${kernel.use(HttpServer).url()}${at}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      seen.push(text, JSON.stringify([...answer.headers]));
      const told = JSON.parse(text) as Record<string, unknown>; // JSON, as every route answers
      return { status: answer.status, etag: answer.headers.get('etag') ?? '', told, code: told['code'] };
    };

    it('set, show, roll back and remove secrets, under preconditions', async () => {
      const change = { value: canary, hosts: ['api.example.org'], description: 'Of the shop.' };
      const none = { 'if-none-match': '*', 'idempotency-key': 'a-key-of-a-request' };
      const made = await ask('PUT', path, change, none);
      assert.deepEqual([made.status, made.told['version'], made.told['name']], [200, 1, 'shop_token']);
      assert.equal((await ask('PUT', path, change, { 'if-none-match': '*' })).code, 'AF_SECRET_UNMATCHED');
      assert.equal((await ask('GET', path)).etag, made.etag);
      const next = await ask('PUT', path, { ...change, value: `${canary} anew` }, { 'if-match': made.etag });
      assert.equal(next.told['version'], 2);
      assert.equal((await ask('PUT', path, change, { 'if-match': made.etag })).status, 412);
      assert.equal((await ask('DELETE', path, undefined, { 'if-match': made.etag })).status, 412);
      const back = await ask('POST', `${path}/rollback`, { version: 1 });
      assert.deepEqual([back.told['version'], back.told['hosts']], [3, ['api.example.org']]);
      const found = await kernel.use(SecretStore).find('default', 'shop_token');
      assert.equal(found?.value.reveal(), canary);
      const { told } = await ask('GET', path);
      assert.equal((told['versions'] as unknown[]).length, 3);
      const { told: all } = await ask('GET', '/api/v1/secrets');
      assert.equal((all['secrets'] as unknown[]).length, 1);
      const other = await ask('PUT', '/api/v1/secrets/other', { value: canary });
      assert.equal(
        (await ask('DELETE', '/api/v1/secrets/other', undefined, { 'if-match': other.etag })).status,
        200,
      );
      assert.equal((await ask('GET', '/api/v1/secrets/other')).code, 'AF_SECRET_NOT_FOUND');
    });

    it('show which keys are used, and put everything under the one that seals', async () => {
      const { told } = await ask('GET', '/api/v1/platform/secret-keys');
      assert.deepEqual(told, { keys: [{ id: 'k1', state: 'seals', wraps: 1, made: 1 }] });
      const done = await ask('POST', '/api/v1/platform/secret-keys/rewrap', { renew: true });
      assert.deepEqual(done.told, { tenants: 1, rewrapped: 0, resealed: 0, unopened: 0 });
    });

    it('leave a value in no table, file, line of the log, answer or export', async () => {
      // What is wrong is not told back either.
      for (const body of [
        { value: [canary] },
        { value: { canary } },
        { value: 'v', hosts: [canary + '!'] },
        { value: 'v', description: canary.repeat(20) },
        { value: canary, hosts: canary },
        { value: canary, more: true },
        { value: `${canary}\ud800` },
        { value: canary.repeat(1000) },
      ])
        assert.equal((await ask('PUT', path, body)).status, 400);
      assert.equal((await ask('PUT', '/api/v1/secrets/a%20b', { value: canary })).status, 400);
      const database = await kernel.use(TenantStorage).tenant('default');
      await database.execute("UPDATE af_secrets_sql_versions SET hosts = '[]' WHERE version = 3");
      await assert.rejects(kernel.use(SecretStore).find('default', 'shop_token'), (error) => {
        seen.push(JSON.stringify(error), String(error), String((error as Error).stack));
        return true;
      });
      assert.equal((await ask('POST', `${path}/rollback`, { version: 3 })).code, 'AF_SECRET_DAMAGED');

      const archive = join(dataDir, 'export.gz');
      await kernel.use(StorageBackup).archive(archive, { tenant: 'default' });
      const exported = gunzipSync(await readFile(archive)).toString('latin1');
      assert.match(exported, /af_secrets_sql_versions/);
      seen.push(exported, await dumpOf(kernel.use(Storage), database));
      for (const name of await readdir(dataDir, { recursive: true, withFileTypes: true }))
        if (name.isFile()) seen.push((await readFile(join(name.parentPath, name.name))).toString('latin1'));
      assert.ok(seen.some((text) => text.includes('shop_token')));
      for (const form of forms)
        assert.deepEqual(
          seen.filter((text) => text.includes(form)),
          [],
        );
    });

    it('go with their tenant, its data keys first', async () => {
      const [tenants, vault] = [kernel.use(TenantStorage), kernel.use(SecretVault)];
      await tenants.create('acme');
      await keep(vault, 'acme', 'a', 'value of acme');
      const database = await tenants.tenant('acme');
      let statements = 0;
      const failing: SqlDatabase = {
        ...database,
        dialect: database.dialect,
        query: (sql, params) => (statements++ === 0 ? database.query(sql, params) : refuse()),
        execute: (sql, params) => (statements++ === 0 ? database.execute(sql, params) : refuse()),
      };
      await assert.rejects(createSecretEraser((_tenant, work) => work(failing)).erase('acme'), /broken off/);
      const rows = await rowsOf(database);
      assert.deepEqual([rows.af_secrets_sql_keys.length, rows.af_secrets_sql_versions.length], [0, 1]);
      await assert.rejects(kernel.use(SecretStore).find('acme', 'a'), { code: 'AF_SECRET_DAMAGED' });
      await createSecretEraser(createUseTenant(tenants)).erase('acme');
      assert.equal((await rowsOf(database)).af_secrets_sql_versions.length, 0);

      await keep(vault, 'acme', 'a', 'value of acme');
      const erasers = kernel.all(TenantEraser);
      assert.ok(erasers.some(({ value }) => value.name === 'secrets-sql'));
      await eraseTenant(tenants, erasers, 'acme');
      await eraseTenant(tenants, erasers, 'acme');
      assert.equal(await kernel.use(SecretStore).find('acme', 'a'), undefined);
    });
  });
}

function refuse(): never {
  throw new Error('broken off');
}

/** Every table of the platform and of a tenant. */
async function dumpOf(storage: Storage, tenant: SqlDatabase): Promise<string> {
  const kept: unknown[] = [];
  for (const database of [storage, tenant]) {
    // On PostgreSQL all tables lie together, and tenants do not see the catalogue.
    const names = await (database.dialect === 'sqlite' ? database : storage).query<{ readonly name: string }>(
      database.dialect === 'sqlite'
        ? "SELECT name FROM sqlite_master WHERE type = 'table'"
        : "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE 'af\\_%'",
    );
    for (const { name } of names)
      kept.push(name, await database.query(`SELECT * FROM ${name}`).catch(() => 'not for it'));
  }
  return JSON.stringify(kept, (_key, value: unknown) =>
    typeof value === 'bigint' || value instanceof Uint8Array ? String(value) : value,
  );
}
