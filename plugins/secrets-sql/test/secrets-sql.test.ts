import assert from 'node:assert/strict';
import { Secret } from '@agent-factory/sdk';
import { SecretStore, SecretVault, TenantStorage } from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  bootTwoKernels,
  rejectsWith,
  secretStoreSuite,
  type TwoKernels,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { keep, putRows, rowsOf, secretsPlugin } from './support/open-secrets.ts';

const url = new URL('https://api.example.org');

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`secrets-sql on ${engine}`, () => {
    let storage: FreshStorage;
    let kernels: TwoKernels;
    let store: SecretStore;
    let vault: SecretVault;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      const plugin = secretsPlugin(['k1'], { maxSecrets: 5, maxValueBytes: 4000, keepVersions: 2 });
      kernels = await bootTwoKernels(storage.plugin, plugin);
      [store, vault] = [kernels.kernel.use(SecretStore), kernels.kernel.use(SecretVault)];
    });
    after(async () => {
      await kernels?.close();
      await storage?.close();
    });

    const suite = secretStoreSuite(async (given) => {
      const { tenants, close } = await kernels.openTenants();
      for (const { of, name, value, hosts } of given) await keep(vault, tenants[of], name, value, hosts);
      return { store: kernels.other.use(SecretStore), tenants, close };
    });
    for (const { name: says, run } of suite) it(says, run);

    /** Two tenants of one case. */
    const withTenants = async (work: (one: string, two: string) => Promise<void>): Promise<void> => {
      const { tenants, close } = await kernels.openTenants();
      await work(...tenants);
      await close();
    };
    const valueOf = async (tenant: string, name: string): Promise<string | undefined> =>
      (await store.find(tenant, name))?.value.reveal();

    it('tells what it keeps, and when it was used, to the hour', () =>
      withTenants(async (tenant) => {
        const own = vault.tenant(tenant);
        assert.deepEqual(await own.list(), []);
        assert.equal(await own.get('a'), undefined);
        const made = await own.put('a', { value: new Secret('one'), description: 'For tests.' });
        assert.deepEqual([made.version, made.hosts, made.description], [1, [], 'For tests.']);
        assert.equal(made.lastUsedAt, undefined);
        await valueOf(tenant, 'a');
        const [used] = await own.list();
        assert.equal((used?.lastUsedAt ?? 1) % 3_600_000, 0);
        assert.ok(Math.abs((used?.lastUsedAt ?? 0) - made.createdAt) <= 3_600_000);
        assert.deepEqual({ ...used, lastUsedAt: 0 }, { ...made, lastUsedAt: 0 });
      }));

    it('keeps some versions, and goes back to one of them, hosts and all', () =>
      withTenants(async (tenant) => {
        const own = vault.tenant(tenant);
        await own.put('a', { value: new Secret('one'), hosts: ['one.example'] });
        await own.put('a', { value: new Secret('two'), hosts: ['two.example'] });
        const back = await own.rollback('a', 1);
        assert.deepEqual([back.version, back.hosts], [3, ['one.example']]);
        assert.equal(await valueOf(tenant, 'a'), 'one');
        const { versions } = (await own.get('a')) ?? {};
        assert.deepEqual(
          versions?.map(({ version, hosts }) => [version, hosts]),
          [
            [3, ['one.example']],
            [2, ['two.example']],
          ],
        );
        await rejectsWith(own.rollback('a', 1), 'AF_SECRET_VERSION_UNKNOWN');
        await rejectsWith(own.rollback('b', 1), 'AF_SECRET_NOT_FOUND');
        await own.remove('a');
        assert.equal(await valueOf(tenant, 'a'), undefined);
        await rejectsWith(own.remove('a'), 'AF_SECRET_NOT_FOUND');
      }));

    it('changes a secret only as it was read, when asked to, and knows another of the name', () =>
      withTenants(async (tenant) => {
        const own = vault.tenant(tenant);
        const change = { value: new Secret('x') };
        const { tag } = await own.put('a', change, { holds: (found) => found === undefined });
        await rejectsWith(
          own.put('a', change, { holds: (found) => found === undefined }),
          'AF_SECRET_UNMATCHED',
        );
        await own.remove('a', { holds: (found) => found === tag });
        const { tag: anew } = await own.put('a', change);
        assert.notEqual(anew, tag);
        await rejectsWith(own.remove('a', { holds: (found) => found === tag }), 'AF_SECRET_UNMATCHED');
        await rejectsWith(own.rollback('a', 1, { holds: () => false }), 'AF_SECRET_UNMATCHED');
      }));

    it('loses no change of two processes, each of which has its version', () =>
      withTenants(async (tenant) => {
        const both = [vault, kernels.other.use(SecretVault)];
        const made = await Promise.all(
          Array.from({ length: 12 }, (_, at) =>
            (both[at % 2] ?? vault).tenant(tenant).put('a', { value: new Secret(`value ${at}`) }),
          ),
        );
        const versions = made.map(({ version }) => version).sort((x, y) => x - y);
        assert.deepEqual(
          versions,
          Array.from({ length: 12 }, (_, at) => at + 1),
        );
        const last = made.findIndex(({ version }) => version === 12);
        assert.equal(await valueOf(tenant, 'a'), `value ${last}`);
        const { af_secrets_sql_keys: keys } = await rowsOf(await databaseOf(tenant));
        assert.equal(keys.length, 1, 'one data key, whoever was first');
      }));

    it('refuses what is too much, too long or no secret', () =>
      withTenants(async (tenant, other) => {
        const own = vault.tenant(tenant);
        for (let at = 0; at < 5; at += 1) await keep(vault, tenant, `k${at}`, 'v');
        await rejectsWith(keep(vault, tenant, 'more', 'v'), 'AF_SECRET_FULL');
        await keep(vault, tenant, 'k0', 'another');
        await keep(vault, other, 'more', 'x'.repeat(4000));
        const value = new Secret('v');
        for (const [name, change] of [
          ['a b', { value }],
          ['', { value }],
          ['a', { value: new Secret('') }],
          ['a', { value: new Secret('\ud800') }],
          ['a', { value: new Secret('ä'.repeat(2001)) }],
          ['a', { value, hosts: ['https://api.example.org'] }],
          ['a', { value, hosts: Array.from({ length: 21 }, (_, at) => `h${at}`) }],
          ['a', { value, description: 'two\nlines' }],
          ['a', { value, description: '\ud800' }],
        ] as const)
          await rejectsWith(own.put(name, change), 'AF_SECRET_INVALID');
        await rejectsWith(vault.tenant('nobody-made-it').list(), 'AF_TENANT_UNKNOWN');
      }));

    const databaseOf = (tenant: string) => kernels.kernel.use(TenantStorage).tenant(tenant);

    it('opens nothing that was changed by a bit, and says which secret it is', () =>
      withTenants(async (tenant) => {
        const value = 'canary-of-damage';
        await keep(vault, tenant, 'a', value);
        await keep(vault, tenant, 'whole', 'w');
        const database = await databaseOf(tenant);
        const rows = await rowsOf(database);
        const flipped = (text: string, at: number): string => {
          const bytes = Buffer.from(text, 'base64');
          bytes[at] = (bytes[at] ?? 0) ^ 1;
          return bytes.toString('base64');
        };
        const sealed = String(rows.af_secrets_sql_versions.find(({ name }) => name === 'a')?.['sealed']);
        const length = Buffer.from(sealed, 'base64').length;
        for (let at = 0; at < length; at += 1) {
          await database.execute("UPDATE af_secrets_sql_versions SET sealed = ? WHERE name = 'a'", [
            flipped(sealed, at),
          ]);
          const { message } = await rejectsWith(store.find(tenant, 'a'), 'AF_SECRET_DAMAGED');
          assert.match(message, /"a"/);
        }
        for (const [column, to] of [
          ['sealed', ''],
          ['hosts', '["evil.example"]'],
          ['hosts', 'no JSON'],
          ['version', 7],
        ] as const) {
          await putRows(database, rows);
          await database.execute(`UPDATE af_secrets_sql_versions SET ${column} = ? WHERE name = 'a'`, [to]);
          if (column === 'version') await database.execute('UPDATE af_secrets_sql_secrets SET version = 7');
          await rejectsWith(store.find(tenant, 'a'), 'AF_SECRET_DAMAGED');
        }
        await putRows(database, rows);
        assert.equal(await valueOf(tenant, 'a'), value);
        const wrapped = String(rows.af_secrets_sql_keys[0]?.['wrapped']);
        await database.execute('UPDATE af_secrets_sql_keys SET wrapped = ?', [flipped(wrapped, 20)]);
        await rejectsWith(store.find(tenant, 'whole'), 'AF_SECRET_KEY_MISSING');
        await database.execute('DELETE FROM af_secrets_sql_keys');
        await rejectsWith(store.find(tenant, 'whole'), 'AF_SECRET_DAMAGED');
        assert.deepEqual(await store.names(tenant), ['a', 'whole']);
      }));

    it('opens no row that was moved to another name or tenant', () =>
      withTenants(async (one, two) => {
        await keep(vault, one, 'a', 'value of a');
        await keep(vault, one, 'b', 'value of b');
        await keep(vault, two, 'a', 'value of two');
        const [first, second] = [await databaseOf(one), await databaseOf(two)];
        const [rows, theirs] = [await rowsOf(first), await rowsOf(second)];
        const swap = { a: 'b', b: 'a' } as const;
        const swapped = (all: (typeof rows)['af_secrets_sql_versions']) =>
          all.map((row) => ({ ...row, name: swap[row['name'] as 'a' | 'b'] })); // there are these two
        await putRows(first, { ...rows, af_secrets_sql_versions: swapped(rows.af_secrets_sql_versions) });
        for (const name of ['a', 'b']) await rejectsWith(store.find(one, name), 'AF_SECRET_DAMAGED');
        // With the ids of the secrets too: the name itself is bound.
        await putRows(first, {
          ...rows,
          af_secrets_sql_versions: swapped(rows.af_secrets_sql_versions),
          af_secrets_sql_secrets: swapped(rows.af_secrets_sql_secrets),
        });
        for (const name of ['a', 'b']) await rejectsWith(store.find(one, name), 'AF_SECRET_DAMAGED');
        // All of a tenant, with its data key, and without.
        await putRows(second, rows);
        await rejectsWith(store.find(two, 'a'), 'AF_SECRET_KEY_MISSING');
        await putRows(second, rows, ['af_secrets_sql_secrets', 'af_secrets_sql_versions']);
        await putRows(second, theirs, ['af_secrets_sql_keys']);
        await rejectsWith(store.find(two, 'a'), 'AF_SECRET_DAMAGED');
        await putRows(second, theirs);
        assert.equal(await valueOf(two, 'a'), 'value of two');
      }));

    it('opens nothing of another platform on the same server', async function () {
      this.timeout(60_000);
      const elsewhere = await open();
      const platform = await bootTestKernel({ plugins: [elsewhere.plugin, secretsPlugin(['k1:another'])] });
      try {
        const there = platform.use(SecretVault);
        await keep(there, 'default', 'a', 'value of the other platform');
        await keep(vault, 'default', 'a', 'value of this one');
        const rows = await rowsOf(await platform.use(TenantStorage).tenant('default'));
        const own = await rowsOf(await databaseOf('default'));
        await putRows(await databaseOf('default'), rows);
        const { message } = await rejectsWith(store.find('default', 'a'), 'AF_SECRET_KEY_MISSING');
        assert.match(message, /"k1".*is another than it was/);
        await putRows(await databaseOf('default'), own);
        assert.equal(await valueOf('default', 'a'), 'value of this one');
        const other = await platform.use(SecretStore).find('default', 'a');
        assert.equal(other?.value.reveal(), 'value of the other platform');
        await vault.tenant('default').remove('a');
      } finally {
        await platform.close();
        await elsewhere.close();
      }
    });

    it('prints no value', () =>
      withTenants(async (tenant) => {
        await keep(vault, tenant, 'a', 'canary-8d1f', [url.host]);
        const told = JSON.stringify([
          await vault.tenant(tenant).list(),
          await vault.tenant(tenant).get('a'),
          await vault.usage(),
          await rowsOf(await databaseOf(tenant)),
        ]);
        assert.doesNotMatch(told, /canary-8d1f/);
      }));
  });
}

describe('secrets-sql beside secrets-config', () => {
  it('is asked where the configuration says so, and nothing falls through', async () => {
    const config = { secrets: { shared: { value: 'of the operator', hosts: ['api.example.org'] } } };
    const plugins = [
      '@agent-factory/plugin-storage-sqlite',
      { use: '@agent-factory/plugin-secrets-config', config },
      secretsPlugin(['k1']),
    ];
    await assert.rejects(bootTestKernel({ plugins }), /secret-store/);
    const kernel = await bootTestKernel({ plugins, providers: { 'secret-store': 'secrets-sql' } });
    try {
      const store = kernel.use(SecretStore);
      assert.equal(await store.find('default', 'shared'), undefined);
      await keep(kernel.use(SecretVault), 'default', 'shared', 'of the tenant');
      assert.equal((await store.find('default', 'shared'))?.value.reveal(), 'of the tenant');
    } finally {
      await kernel.close();
    }
  });
});

describe('the keys of secrets-sql', () => {
  it('are told apart by their ids', async () => {
    const plugins = ['@agent-factory/plugin-storage-sqlite', secretsPlugin(['k1', 'k1:another'])];
    const { message } = await rejectsWith(bootTestKernel({ plugins }), 'AF_ACTIVATE_FAILED');
    assert.match(message, /Two of the "keys" of secrets-sql have the id "k1"/);
  });

  it('are long, and there is one at least', async () => {
    const sqlite = '@agent-factory/plugin-storage-sqlite';
    await rejectsWith(bootTestKernel({ plugins: [sqlite, secretsPlugin([])] }), 'AF_CONFIG_INVALID');
    const short = { ...secretsPlugin([]), config: { keys: [{ id: 'k', secret: 'short' }] } };
    await rejectsWith(bootTestKernel({ plugins: [sqlite, short] }), 'AF_CONFIG_INVALID');
  });
});
