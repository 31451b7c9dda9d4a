import assert from 'node:assert/strict';
import pg from 'pg';
import type { Migration } from '@agent-factory/sdk/contracts';
import { freshPostgres } from '@agent-factory/test-servers';
import { createPostgresStorage, openPostgresServer } from '../src/postgres-storage.ts';
import { openTestStorage } from './open-test-storage.ts';
import { poolOptions } from './pool-options.ts';
import { refusal } from './refusal.ts';

const rows: Migration = {
  version: 1,
  name: 'create-rows',
  up: `CREATE TABLE af_test_rows ({{tenant.column}} id BIGINT NOT NULL, name TEXT NOT NULL, n BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY ({{tenant.key}} id), UNIQUE ({{tenant.key}} name))`,
  down: 'DROP TABLE af_test_rows',
};

for (const superuser of [false, true])
  describe(`a tenant's handle, ${superuser ? 'under a role of its own' : 'of the owner'}`, () => {
    it('hides the column that it never names', async () => {
      const { tenants, close } = await openTestStorage({ superuser });
      await tenants.migrate('test', [rows]);
      const tenant = await tenants.tenant('default');
      await tenant.execute('INSERT INTO af_test_rows VALUES (?, ?, ?), (2, ?, 2)', [1, 'one', 1, 'two']);
      assert.deepEqual(await tenant.query('SELECT * FROM af_test_rows ORDER BY id'), [
        { id: 1, name: 'one', n: 1 },
        { id: 2, name: 'two', n: 2 },
      ]);
      await close();
    });

    it('finds the conflict with a key that begins with the tenant', async () => {
      const { tenants, close } = await openTestStorage({ superuser });
      await tenants.migrate('test', [rows]);
      const tenant = await tenants.tenant('default');
      const upsert = `INSERT INTO af_test_rows (id, name) VALUES (?, ?)
        ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, n = af_test_rows.n + 1`;
      for (const name of ['one', 'two', 'three']) await tenant.execute(upsert, [1, name]);
      assert.deepEqual(await tenant.query('SELECT name, n FROM af_test_rows'), [{ name: 'three', n: 2 }]);
      const skip = 'INSERT INTO af_test_rows (id, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING';
      await tenant.batch(
        [1, 2, 3, 4, 5, 6].map((id) => ({ sql: skip, params: [id + 1, id % 2 ? 'odd' : 'even'] })),
      );
      assert.equal((await tenant.query('SELECT id FROM af_test_rows')).length, 3);
      await close();
    });

    it('changes the rows of all tenants by a migration, and protects them again', async () => {
      const { tenants, close } = await openTestStorage({ superuser });
      await tenants.migrate('test', [rows]);
      for (const id of ['acme', 'globex']) {
        await tenants.create(id);
        await (await tenants.tenant(id)).execute('INSERT INTO af_test_rows (id, name) VALUES (1, ?)', [id]);
      }
      const shout = { version: 2, name: 'shout', up: 'UPDATE af_test_rows SET name = upper(name)', down: '' };
      await tenants.migrate('test', [rows, shout]);
      for (const id of ['acme', 'globex'])
        assert.deepEqual(await (await tenants.tenant(id)).query('SELECT name FROM af_test_rows'), [
          { name: id.toUpperCase() },
        ]);
      await close();
    });

    it('refuses tables in which tenants would not be apart', async () => {
      const { tenants, ledger, close } = await openTestStorage({ superuser });
      for (const [up, flaw] of [
        ['CREATE TABLE af_test_bare (id BIGINT PRIMARY KEY)', /tenant\.column.*af_test_bare/],
        [
          'CREATE TABLE af_test_bare ({{tenant.column}} id BIGINT PRIMARY KEY)',
          /tenant\.key.*af_test_bare_pkey/,
        ],
        [
          `CREATE TABLE af_test_bare ({{tenant.column}} id BIGINT, PRIMARY KEY ({{tenant.key}} id));
          CREATE UNIQUE INDEX af_test_bare_id ON af_test_bare (id)`,
          /tenant\.key.*af_test_bare_id/,
        ],
        [
          `CREATE TABLE af_test_a ({{tenant.column}} id BIGINT, b TEXT, PRIMARY KEY ({{tenant.key}} id), UNIQUE ({{tenant.key}} b));
          CREATE TABLE af_test_b ({{tenant.column}} id BIGINT, b TEXT, a TEXT, PRIMARY KEY ({{tenant.key}} id),
            FOREIGN KEY (a, b) REFERENCES af_test_a ({{tenant.key}} b))`,
          /both sides/,
        ],
      ] as const) {
        const error = await refusal(tenants.migrate('test', [{ version: 1, name: 'flawed', up, down: '' }]));
        assert.equal(error.code, 'AF_STORAGE_MIGRATION_FAILED');
        assert.match(error.message, flaw);
      }
      assert.deepEqual(await ledger.applied(), []);
      await close();
    });

    it('is kept from other tables and schemas by its first statement', async () => {
      for (const sql of [
        'SELECT * FROM users',
        'SELECT * FROM (TABLE users) AS x',
        'WITH x AS (TABLE users) SELECT * FROM x',
        'SELECT * FROM other_schema.things',
      ]) {
        const { tenants, superuserUrl, close } = await openTestStorage({ superuser, ownDatabase: true });
        const admin = new pg.Client({ connectionString: superuserUrl });
        await admin.connect();
        await admin.query(
          `CREATE TABLE users (pw TEXT); GRANT ALL ON users TO PUBLIC; CREATE SCHEMA other_schema; GRANT USAGE ON SCHEMA other_schema TO PUBLIC;
          CREATE TABLE other_schema.things (pw TEXT); GRANT ALL ON other_schema.things TO PUBLIC`,
        );
        await admin.end();
        const error = await refusal((await tenants.tenant('default')).query(sql));
        assert.match(error.message, /no table of a tenant/, sql);
        await close();
      }
    });

    it('indexes tables of tenants while they are in use', async () => {
      const { tenants, storage, close } = await openTestStorage({ superuser });
      await tenants.migrate('test', [rows]);
      const tenant = await tenants.tenant('default');
      await tenant.execute('INSERT INTO af_test_rows (id, name, n) VALUES (1, ?, 1), (2, ?, 1)', ['a', 'b']);
      const index: Migration = {
        version: 2,
        name: 'index-n',
        transactional: false,
        up: 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS af_test_rows_n ON af_test_rows ({{tenant.key}} n)',
        down: '-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS af_test_rows_n',
      };
      const error = await refusal(tenants.migrate('test', [rows, index]));
      assert.equal(error.code, 'AF_STORAGE_MIGRATION_FAILED');
      assert.match(error.message, /statement 1.*safe to be run again/);
      await tenant.execute('UPDATE af_test_rows SET n = id');
      await tenants.migrate('test', [rows, index]);
      // What was broken off is no index: had it been left, the second time would have passed it over.
      assert.deepEqual(
        await storage.query(
          "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'af_test_rows_n'::regclass",
        ),
        [{ valid: 1 }],
      );
      assert.equal(
        (await refusal(tenant.execute('UPDATE af_test_rows SET n = 1'))).code,
        'AF_STORAGE_CONSTRAINT',
      );
      await close();
    });
  });

describe('the role of tenants', () => {
  it('could do nothing else, even if a statement were let through', async () => {
    const { tenants, storage, superuserUrl, close } = await openTestStorage({ superuser: true });
    await tenants.migrate('test', [rows]);
    await storage.execute('CREATE TABLE af_test_platform (id BIGINT)');
    for (const id of ['acme', 'globex']) {
      await tenants.create(id);
      await (await tenants.tenant(id)).execute('INSERT INTO af_test_rows (id, name) VALUES (1, ?)', [id]);
    }
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    const { rows: found } = await admin.query<{ id: string }>(
      'SELECT oid::text AS id FROM pg_database WHERE datname = current_database()',
    );
    await admin.query(`SET ROLE af_tenant_${found[0]?.id ?? ''}`);
    await admin.query(`SET af.tenant = 'acme'`);
    assert.deepEqual((await admin.query('SELECT name FROM af_test_rows')).rows, [{ name: 'acme' }]);
    await admin.query(`SET af.tenant = ''`);
    assert.deepEqual((await admin.query('SELECT name FROM af_test_rows')).rows, []);
    for (const sql of [
      'SELECT * FROM af_test_platform',
      'SELECT * FROM af_storage_postgres_tenants',
      'SELECT * FROM af_storage_postgres_migrations',
      "SELECT af_storage_postgres_enter('globex', 1, '')",
      'TRUNCATE af_test_rows',
      'ALTER TABLE af_test_rows DISABLE ROW LEVEL SECURITY',
      'DROP TABLE af_test_rows',
      'CREATE TABLE af_test_mine (id BIGINT)',
      `INSERT INTO af_test_rows (tenant_id, id, name) VALUES ('globex', 2, 'forged')`,
    ])
      await assert.rejects(admin.query(sql), /permission denied|must be owner|row-level security/, sql);
    await admin.end();
    await close();
  });

  it('may be kept from settings by the server itself', async () => {
    const { tenants, server, superuserUrl, close } = await openTestStorage({
      superuser: true,
      ownDatabase: true,
    });
    await tenants.migrate('test', [rows]);
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    await admin.query('REVOKE EXECUTE ON FUNCTION pg_catalog.set_config FROM PUBLIC');
    await admin.query(`SET ROLE ${server.roles?.tenant ?? ''}`);
    await assert.rejects(admin.query("SELECT set_config('af.tenant', 'acme', true)"), /permission denied/);
    await admin.end();
    const tenant = await tenants.tenant('default');
    const insert = { sql: "INSERT INTO af_test_rows (id, name) VALUES (?, 'x' || ?)", params: [1, '1'] };
    await tenant.batch([insert], { durability: 'os-buffered' });
    await tenant.batch([{ ...insert, params: [2, '2'], changes: 1 }], { durability: 'os-buffered' });
    await tenant.transaction((tx) => tx.execute('UPDATE af_test_rows SET n = 1'));
    assert.equal((await tenant.query('SELECT id FROM af_test_rows')).length, 2);
    await close();
  });

  it('has an index serve what is asked for, and not a walk over all tenants', async () => {
    for (const superuser of [false, true]) {
      const { tenants, server, close } = await openTestStorage({ superuser });
      await tenants.migrate('test', [rows]);
      const tenant = await tenants.tenant('default');
      const insert = 'INSERT INTO af_test_rows (id, name) VALUES (?, ?)';
      await tenant.batch(
        Array.from({ length: 500 }, (_, id) => ({ sql: insert, params: [id, `name ${id}`] })),
      );
      const plan = await server.pool.use(async ({ client }) => {
        await client.query('ANALYZE af_test_rows');
        await client.query(
          "BEGIN; SELECT set_config('af.tenant', 'default', true), set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)",
        );
        if (server.roles) await client.query(`SET LOCAL ROLE ${server.roles.tenant}`);
        const { rows: lines } = await client.query('EXPLAIN SELECT * FROM af_test_rows ORDER BY id LIMIT 5');
        await client.query('COMMIT');
        return JSON.stringify(lines);
      });
      assert.match(plan, /Index Scan using af_test_rows_pkey.*Index Cond/);
      assert.doesNotMatch(plan, /Sort/);
      await close();
    }
  });
});

describe('a database that orders texts by a language', () => {
  it('orders those of our tables by their bytes', async () => {
    const { url, superuserUrl, close } = await freshPostgres();
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    const name = `${new URL(url).pathname.slice(1)}_icu`;
    const owner = new URL(url).username;
    await admin.query(
      `CREATE DATABASE ${name} OWNER ${owner} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`,
    );
    const there = new URL(url);
    there.pathname = `/${name}`;
    const server = await openPostgresServer(poolOptions(there.href));
    const { storage, tenants, textSearch } = createPostgresStorage(server, { kernelVersion: '0.1.0' });
    const first = {
      version: 1,
      name: 'create-texts',
      up: `CREATE TABLE af_test_texts (id TEXT PRIMARY KEY, word TEXT, twice TEXT GENERATED ALWAYS AS (word || word) STORED);
        CREATE TABLE af_test_children (id TEXT PRIMARY KEY, parent TEXT REFERENCES af_test_texts (id))`,
      down: '',
    };
    const second = {
      version: 2,
      name: 'add-name',
      up: 'ALTER TABLE af_test_texts ADD COLUMN name TEXT',
      down: '',
    };
    await storage.migrate('test', [first]);
    await storage.batch(
      ['b', 'B', 'a', 'é', 'A'].map((id) => ({
        sql: 'INSERT INTO af_test_texts (id) VALUES (?)',
        params: [id],
      })),
    );
    await storage.execute('INSERT INTO af_test_children VALUES (?, ?)', ['x', 'é']);
    await storage.migrate('test', [first, second]);
    await storage.execute('UPDATE af_test_texts SET name = id');
    const ids = async (order: string): Promise<string> =>
      (await storage.query<{ id: string }>(`SELECT id FROM af_test_texts ORDER BY ${order}`))
        .map(({ id }) => id)
        .join('');
    assert.deepEqual([await ids('id'), await ids('name')], ['ABabé', 'ABabé']);
    await tenants.migrate('test', [rows]);
    await (
      await tenants.tenant('default')
    ).execute('INSERT INTO af_test_rows (id, name) VALUES (1, ?)', ['x']);
    const index = await textSearch.open('notes');
    await index.replace('a', '1', [{ id: 'a', group: 'a', title: 'Ärger', text: 'ДОМ', meta: {} }]);
    for (const query of ['arger', 'дом'])
      assert.equal((await index.search(query, { limit: 1 })).length, 1, query);
    await server.close();
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
    await close();
  });
});
