import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshPostgres } from '@agent-factory/test-servers';
import { insertAccount, insertToken, tokensOf, useTotpStep } from '../src/store/accounts.ts';
import { migrate } from '../src/store/migrate.ts';
import {
  addTeamMember,
  createOrg,
  createTeam,
  deleteTeam,
  grantTo,
  setTeamGrant,
} from '../src/store/orgs.ts';
import { addDownloads, findPackage, insertPackage, popularPackages } from '../src/store/packages.ts';
import { openPostgres } from '../src/store/postgres-database.ts';
import { auditSince, changesSince, recordAudit, recordChange, verifyAudit } from '../src/store/records.ts';
import { countFacets, putSearchEntry, removeSearchEntry, searchPackages } from '../src/store/search-index.ts';
import { readSetting, writeSetting } from '../src/store/settings.ts';
import type { SqlDatabase } from '../src/store/sql.ts';
import { openSqlite } from '../src/store/sqlite-database.ts';
import { deleteOldTufFiles, insertTufFile, newestTufFiles } from '../src/store/trust-rows.ts';

const at = '2026-01-01T00:00:00.000Z';

const stores: Record<
  string,
  () => Promise<{ database: SqlDatabase; again(): Promise<SqlDatabase>; end(): Promise<void> }>
> = {
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'af-registry-store-'));
    const open = async (): Promise<SqlDatabase> => openSqlite(join(folder, 'registry.db'));
    return { database: await open(), again: open, end: async () => rmSync(folder, { recursive: true }) };
  },
  async PostgreSQL() {
    const server = await freshPostgres();
    const open = (): Promise<SqlDatabase> => openPostgres(server.url);
    return { database: await open(), again: open, end: () => server.close() };
  },
};

for (const [kind, open] of Object.entries(stores)) {
  describe(`the store on ${kind}`, () => {
    let store: Awaited<ReturnType<typeof open>>;
    let database: SqlDatabase;

    before(async function () {
      this.timeout(60_000);
      store = await open();
      ({ database } = store);
      await migrate(database);
    });
    after(async () => {
      await database.close();
      await store.end();
    });

    const account = (name: string): Promise<boolean> =>
      database.write((sql) =>
        insertAccount(sql, { name, email: `${name}@x.test`, password: 'x', role: 'member', created: at }),
      );

    it('migrates once, and a second time finds nothing to do', async () => {
      await migrate(database);
      const rows = await database.all('SELECT name FROM migrations');
      assert.ok(rows.length >= 5);
    });

    it('refuses a database that a newer version wrote', async () => {
      await database.write((sql) => sql.run(`INSERT INTO migrations VALUES ('9999-later', ?)`, [at]));
      await assert.rejects(migrate(database), { code: 'AF_REGISTRY_STORE_NEWER' });
      await database.write((sql) => sql.run(`DELETE FROM migrations WHERE name = '9999-later'`));
    });

    it('leaves nothing of a write that fails', async () => {
      await assert.rejects(
        database.write(async (sql) => {
          await writeSetting(sql, 'half', 'done');
          throw new Error('stop');
        }),
        /stop/,
      );
      assert.equal(await readSetting(database, 'half'), undefined);
    });

    it('shows a write to nobody before it is committed', async () => {
      const { promise: seen, resolve } = Promise.withResolvers<string | undefined>();
      await database.write(async (sql) => {
        await writeSetting(sql, 'open', 'yes');
        resolve(await readSetting(database, 'open'));
      });
      assert.equal(await seen, undefined);
      assert.equal(await readSetting(database, 'open'), 'yes');
    });

    it('lets writes of two connections come one after another', async () => {
      const other = await store.again();
      const add = (each: SqlDatabase, count: number): Promise<void>[] =>
        Array.from({ length: count }, () =>
          each.write((sql) => recordChange(sql, { at, kind: 'test', package: '@a/serial' })),
        );
      await Promise.all(kind === 'SQLite' ? add(database, 20) : [...add(database, 10), ...add(other, 10)]);
      await other.close();
      const numbers = (await changesSince(database, 0, 1000))
        .filter((change) => change.package === '@a/serial')
        .map(({ seq }) => seq);
      assert.equal(new Set(numbers).size, 20);
      assert.deepEqual(
        numbers,
        numbers.toSorted((left, right) => left - right),
      );
    });

    it('keeps an audit log that nobody can change or cut', async () => {
      for (const action of ['one', 'two', 'three'])
        await database.write((sql) =>
          recordAudit(sql, { at, actor: 'ann', action, subject: 'x', detail: { a: 1 } }),
        );
      assert.deepEqual(await verifyAudit(database), { lines: 3 });
      for (const statement of [
        `UPDATE audit SET actor = 'eve' WHERE seq = 2`,
        'DELETE FROM audit WHERE seq = 3',
      ])
        await assert.rejects(
          database.write((sql) => sql.run(statement)),
          /append-only/,
        );
      assert.equal((await auditSince(database, 1, 10)).length, 2);
    });

    it('shows where an audit log was changed behind its back', async () => {
      const drop =
        kind === 'SQLite'
          ? 'DROP TRIGGER audit_is_not_changed'
          : 'DROP TRIGGER audit_is_not_changed ON audit';
      await assert.rejects(
        database.write(async (sql) => {
          await sql.run(drop);
          await sql.run(`UPDATE audit SET actor = 'eve' WHERE seq = 2`);
          assert.deepEqual(await verifyAudit(sql), { lines: 1, broken: 2 });
          throw new Error('undo');
        }),
        /undo/,
      );
    });

    it('takes an account once, and its tokens by its name', async () => {
      assert.equal(await account('ann'), true);
      assert.equal(await account('ann'), false);
      const token = {
        id: 't1',
        hash: 'h1',
        account: 'ann',
        label: '',
        kind: 'login',
        rights: '{}',
        created: at,
        expires: at,
      } as const;
      await database.write((sql) => insertToken(sql, token));
      assert.deepEqual(await tokensOf(database, 'ann'), [token]);
    });

    it('lets a one-time password be used once, and none before it', async () => {
      const use = (step: number): Promise<boolean> => database.write((sql) => useTotpStep(sql, 'ann', step));
      assert.deepEqual([await use(5), await use(5), await use(4), await use(6)], [true, false, false, true]);
    });

    it('reaches a package through a team, as long as there is the team', async () => {
      await account('bob');
      await database.write(async (sql) => {
        await createOrg(sql, 'acme', 'ann', at);
        await createTeam(sql, 'acme', 'dev', '');
        await addTeamMember(sql, 'acme', 'dev', 'bob');
        await setTeamGrant(sql, 'acme', 'dev', '@acme/tool', 'read-write');
      });
      assert.equal(await grantTo(database, 'bob', '@acme/tool'), 'read-write');
      await database.write((sql) => deleteTeam(sql, 'acme', 'dev'));
      assert.equal(await grantTo(database, 'bob', '@acme/tool'), undefined);
    });

    it('counts downloads by day and in all', async () => {
      await database.write(async (sql) => {
        await insertPackage(sql, { name: '@acme/tool', visibility: 'public', created: at });
        await insertPackage(sql, { name: '@acme/own', visibility: 'restricted', created: at });
        await addDownloads(sql, [
          { name: '@acme/tool', version: '1.0.0', day: '2026-01-01', count: 2 },
          { name: '@acme/tool', version: '1.0.0', day: '2026-01-01', count: 3 },
          { name: '@acme/own', version: '1.0.0', day: '2026-01-01', count: 9 }, // its name is told to nobody
        ]);
      });
      assert.equal((await findPackage(database, '@acme/tool'))?.downloads, 5);
      assert.deepEqual(await popularPackages(database, 5, 10), ['@acme/tool']);
      assert.deepEqual(await popularPackages(database, 6, 10), []);
    });

    describe('searching', () => {
      const entry = (
        name: string,
        description: string,
        facets: Record<string, string[]> = {},
        restricted = false,
      ) => ({
        package: name,
        description,
        keywords: ['agent-factory-plugin'],
        restricted,
        facets: { kind: ['code'], ...facets },
        entry: JSON.stringify({ name }),
      });
      const find = async (text: string, facets = {}): Promise<string[]> => {
        const { found } = await searchPackages(database, { text, facets, from: 0, size: 20 });
        return found.map((each) => JSON.parse(each.entry).name);
      };

      before(() =>
        database.write(async (sql) => {
          const put = (each: ReturnType<typeof entry>): Promise<void> =>
            putSearchEntry(sql, database.dialect, each);
          await put(
            entry('@acme/weather-forecast', 'Tells the weather of tomorrow', { capability: ['tool'] }),
          );
          await put(
            entry('@acme/calendar', 'Looks up weather fit for a picnic', { capability: ['tool', 'memory'] }),
          );
          await put(entry('@acme/secret-weather', 'Not for everybody', {}, true));
          await put(entry('@acme/naïve', 'Écrit en français'));
        }),
      );

      it('finds words and beginnings of words, the name first', async () => {
        assert.deepEqual(await find('weath'), ['@acme/weather-forecast', '@acme/calendar']);
        assert.deepEqual(await find('weather picnic'), ['@acme/calendar']);
        assert.deepEqual(await find('nothing-like-it'), []);
      });

      it('takes any text as words, not as a query language', async () => {
        for (const text of ['"', "'", 'a AND OR NOT', 'weather* & (', ':*', '\\', '-x NEAR(', '%', '\u0000'])
          assert.ok(Array.isArray(await find(text)), text);
      });

      it('narrows by facets and counts them', async () => {
        assert.deepEqual(await find('', { capability: ['memory'] }), ['@acme/calendar']);
        assert.deepEqual(await find('weather', { capability: ['memory', 'tool'], kind: ['code'] }), [
          '@acme/weather-forecast',
          '@acme/calendar',
        ]);
        assert.deepEqual(await find('weather', { kind: [] }), []);
        const query = { text: 'weather', facets: {}, from: 0, size: 1 };
        assert.deepEqual(await countFacets(database, query, ['capability', 'kind']), {
          capability: { tool: 2, memory: 1 },
          kind: { code: 2 },
        });
        assert.equal((await searchPackages(database, query)).total, 2);
        assert.equal((await searchPackages(database, { ...query, restricted: true })).total, 3);
        assert.equal((await searchPackages(database, { ...query, text: '' })).total, 3);
      });

      it('follows changes and removals', async () => {
        await database.write((sql) =>
          putSearchEntry(sql, database.dialect, entry('@acme/calendar', 'Only dates now')),
        );
        assert.deepEqual(await find('picnic'), []);
        await database.write((sql) => removeSearchEntry(sql, database.dialect, '@acme/calendar'));
        assert.deepEqual(await find('dates'), []);
      });
    });

    it('forgets superseded metadata, but no root', async () => {
      const put = (role: string, version: number, written: string): Promise<void> =>
        database.write((sql) =>
          insertTufFile(sql, { role, version, bytes: Buffer.from('{}'), expires: at }, written),
        );
      for (const role of ['root', 'snapshot'])
        for (const version of [1, 2, 3]) await put(role, version, `2026-01-0${version}`);
      await database.write((sql) => deleteOldTufFiles(sql, '2026-01-02'));
      assert.deepEqual(await database.all('SELECT role, version FROM tuf_files ORDER BY role, version'), [
        ...[1, 2, 3].map((version) => ({ role: 'root', version })),
        ...[2, 3].map((version) => ({ role: 'snapshot', version })),
      ]);
      assert.deepEqual(
        (await newestTufFiles(database)).map(({ role, version }) => [role, version]),
        [
          ['root', 3],
          ['snapshot', 3],
        ],
      );
    });
  });
}
