import assert from 'node:assert/strict';
import pg from 'pg';
import type { Migration } from '@agent-factory/sdk/contracts';
import { createPostgresStorage, openPostgresServer } from '../src/postgres-storage.ts';
import { openTestStorage } from './open-test-storage.ts';
import { poolOptions } from './pool-options.ts';

const rows: Migration = {
  version: 1,
  name: 'create-rows',
  up: `CREATE TABLE af_test_rows ({{tenant.column}} id BIGINT NOT NULL, name TEXT NOT NULL, n BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY ({{tenant.key}} id), UNIQUE ({{tenant.key}} name))`,
  down: 'DROP TABLE af_test_rows',
};

describe('several processes that start first', () => {
  it('make the roles and their rights once, also for tables that were there before', async () => {
    for (let round = 0; round < 3; round++) {
      const { tenants, superuserUrl, close } = await openTestStorage({ ownDatabase: true });
      for (let n = 0; n < 3; n++) {
        const up = `CREATE TABLE af_test${n}_rows ({{tenant.column}} id BIGINT, PRIMARY KEY ({{tenant.key}} id))`;
        await tenants.migrate(`test${n}`, [{ version: 1, name: 'create', up, down: '' }]);
      }
      const servers = await Promise.all(
        Array.from({ length: 4 }, () => openPostgresServer(poolOptions(superuserUrl))),
      );
      for (const server of servers) {
        const { tenants: those } = createPostgresStorage(server, { kernelVersion: '0.1.0' });
        assert.deepEqual(await (await those.tenant('default')).query('SELECT * FROM af_test2_rows'), []);
      }
      for (const server of servers) await server.close();
      await close();
    }
  });
});

describe('a copy of a database', () => {
  it('lets tenants and reads across them in, under roles of its own', async () => {
    const from = await openTestStorage({ superuser: true, ownDatabase: true });
    await from.tenants.migrate('test', [rows]);
    await (
      await from.tenants.tenant('default')
    ).execute("INSERT INTO af_test_rows (id, name) VALUES (1, 'x')");
    await from.server.close();
    const there = new URL(from.superuserUrl);
    const name = `${there.pathname.slice(1)}_copy`;
    const admin = new pg.Client({
      connectionString: Object.assign(new URL(there), { pathname: '/postgres' }).href,
    });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${there.pathname.slice(1)}`);
    there.pathname = `/${name}`;
    const server = await openPostgresServer(poolOptions(there.href));
    const { tenants, analytics } = createPostgresStorage(server, { kernelVersion: '0.1.0' });
    assert.deepEqual(await (await tenants.tenant('default')).query('SELECT id FROM af_test_rows'), [
      { id: 1 },
    ]);
    assert.deepEqual(await analytics.query('SELECT id FROM af_test_rows'), [{ id: 1 }]);
    await server.close();
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
    await from.close();
  });
});
