import assert from 'node:assert/strict';
import type { Json } from '@agent-factory/sdk';
import {
  StorageTransfer,
  TenantSettings,
  TenantStorage,
  type SettingSpec,
} from '@agent-factory/sdk/contracts';
import { askApi, rejectsWith, trustingPlugin, waitFor } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { bootSettings, color, sizes, type SettingsPlatform } from './support/settings-platform.ts';

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`settings-sql on ${engine}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    let one: SettingsPlatform;
    /** A second process on the same database. */
    let other: SettingsPlatform;
    let tenants = 0;
    before(async () => {
      storage = await open();
      one = await bootSettings(storage);
      other = await bootSettings(storage, { dataDir: one.kernel.dataDir });
    });
    after(async () => {
      await other?.kernel.close();
      await one?.kernel.close();
      await storage?.close();
    });

    const newTenant = async (): Promise<string> => {
      const tenant = `t${(tenants += 1)}`;
      await one.kernel.use(TenantStorage).create(tenant);
      return tenant;
    };
    const own = (tenant: string, { kernel }: SettingsPlatform = one) =>
      kernel.use(TenantSettings).tenant(tenant);
    const byTenant = { by: 'tenant' } as const;
    const byPlatform = { by: 'platform' } as const;

    it('tells what holds and where it comes from', async () => {
      const tenant = await newTenant();
      const told = async () =>
        (await own(tenant).list()).map(({ name, value, source }) => [name, value, source]);
      assert.deepEqual(await told(), [
        ['declarer.color', 'red', 'default'],
        ['declarer.sizes', { width: 5 }, 'platform'],
      ]);
      const set = await own(tenant).set('declarer.color', 'blue', byTenant);
      assert.deepEqual([set.value, set.source, set.inherited], ['blue', 'tenant', 'red']);
      assert.equal(typeof set.setAt, 'number');
      assert.deepEqual(await own(tenant).get('declarer.color'), set);
      await own(tenant).set('declarer.sizes', {}, byPlatform);
      assert.deepEqual(await told(), [
        ['declarer.color', 'blue', 'tenant'],
        ['declarer.sizes', {}, 'tenant'],
      ]);
      const back = await own(tenant).reset('declarer.color', byTenant);
      assert.deepEqual([back.value, back.source, back.setAt], ['red', 'default', undefined]);
    });

    it('gives a plugin what holds, for each tenant its own, in every process', async () => {
      const [tenant, neighbour] = [await newTenant(), await newTenant()];
      const [here, there] = [one.declared[0], other.declared[0]];
      assert.equal(await there?.of(tenant), 'red');
      await own(tenant).set('declarer.color', 'green', byTenant);
      assert.equal(await here?.of(tenant), 'green', 'at once where it was set');
      assert.equal(await here?.of(neighbour), 'red');
      await waitFor(
        'the other process to hear of it',
        async () => (await there?.of(tenant)) === 'green',
        20_000,
      );
    });

    it('refuses a value that does not fit, and a name that is not there, and says what was meant', async () => {
      const tenant = await newTenant();
      const failure = async (work: Promise<unknown>): Promise<string> => {
        const error = await work.then(
          () => assert.fail('it was taken'),
          (reason: unknown) => reason as { message: string; fix: string }, // one of ours
        );
        return `${error.message} ${error.fix}`;
      };
      assert.match(
        await failure(own(tenant).set('declarer.colour', 'red', byTenant)),
        /no setting.*Did you mean "declarer.color"/s,
      );
      assert.match(
        await failure(own(tenant).set('declarer.color', 'gren', byTenant)),
        /cannot have this value.*Did you mean "green"/s,
      );
      assert.match(
        await failure(own(tenant).set('declarer.sizes', { widht: 1 }, byPlatform)),
        /Did you mean "width"/,
      );
      await rejectsWith(
        own(tenant).set('declarer.sizes', { label: 'x'.repeat(20_000) }, byPlatform),
        'AF_SETTING_INVALID',
      );
      await rejectsWith(own(tenant).reset('nobody.there', byTenant), 'AF_SETTING_UNKNOWN');
      await rejectsWith(own('nobody').list(), 'AF_TENANT_UNKNOWN');
      assert.equal((await own(tenant).get('declarer.color')).source, 'default');
    });

    it('keeps what the platform sets from the tenant', async () => {
      const tenant = await newTenant();
      await rejectsWith(own(tenant).set('declarer.sizes', {}, byTenant), 'AF_SETTING_OF_PLATFORM');
      await own(tenant).set('declarer.sizes', { width: 9 }, byPlatform);
      await rejectsWith(own(tenant).reset('declarer.sizes', byTenant), 'AF_SETTING_OF_PLATFORM');
      assert.deepEqual((await own(tenant).get('declarer.sizes')).value, { width: 9 });
    });

    it('makes one change of many that were asked for on the same state, in whatever process', async () => {
      const tenant = await newTenant();
      for (const value of ['blue', 'green']) {
        const before = await own(tenant).get('declarer.color');
        const made = await Promise.allSettled(
          Array.from({ length: 10 }, (_, at) =>
            own(tenant, at % 2 === 0 ? one : other).set('declarer.color', value, {
              by: 'tenant',
              check: (found) => assert.deepEqual(found, before),
            }),
          ),
        );
        assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
      }
    });

    it('is exported with its tenant, and erased with it', async () => {
      const tenant = await newTenant();
      await own(tenant).set('declarer.color', 'blue', byTenant);
      const exported = await one.kernel.use(StorageTransfer).snapshot(async (snapshot) => {
        const tables = await snapshot.tables(tenant);
        const table = tables.find(({ name }) => name === 'af_settings_sql_values');
        return table ? snapshot.rows(tenant, table, { limit: 10 }) : [];
      });
      assert.deepEqual(
        exported.map((row) => row.slice(0, 1)),
        [['declarer.color']],
      );
      await one.kernel.use(TenantStorage).erase(tenant);
      await one.kernel.use(TenantStorage).create(tenant);
      assert.equal((await own(tenant).get('declarer.color')).value, 'red');
    });

    it('keeps what was set while its plugin is away, and does without it where it does not fit any more', async () => {
      const tenant = await newTenant();
      await own(tenant).set('declarer.color', 'blue', byTenant);
      const { dataDir } = one.kernel;
      const later = async (specs: readonly SettingSpec[]) => {
        const platform = await bootSettings(storage, { dataDir, specs });
        const found = await own(tenant, platform).list();
        const holds = await platform.declared[0]?.of(tenant);
        await platform.kernel.close();
        return { found, holds };
      };
      assert.deepEqual((await later([])).found, []);
      const { found, holds } = await later([{ ...color, schema: { enum: ['red', 'pink'] } }]);
      assert.equal(holds, 'red');
      assert.deepEqual([found[0]?.value, found[0]?.source], ['red', 'default']);
      assert.match(found[0]?.problem ?? '', /red/);
      assert.equal((await later([color])).holds, 'blue');
    });
  });
}

describe('settings-sql', function () {
  this.timeout(60_000);
  let storage: FreshStorage;
  before(async () => {
    const openStorage = sqlEngines['SQLite'];
    assert.ok(openStorage);
    storage = await openStorage();
  });
  after(() => storage?.close());

  const booted = async (
    options: Parameters<typeof bootSettings>[1],
    work: (platform: SettingsPlatform) => Promise<void>,
  ): Promise<void> => {
    const platform = await bootSettings(storage, options);
    try {
      await work(platform);
    } finally {
      await platform.kernel.close();
    }
  };
  const refused = async (options: Parameters<typeof bootSettings>[1], words: RegExp): Promise<void> => {
    await assert.rejects(
      booted(options, async () => {}),
      (error: unknown) => words.test(textOf(error)),
    );
  };

  it('goes by what the operator configured for all tenants, and lets them lock it', () =>
    booted(
      { config: { values: { 'declarer.color': 'green' }, locked: ['declarer.color'] } },
      async (platform) => {
        const own = platform.kernel.use(TenantSettings).tenant('default');
        const { value, source, setBy } = await own.get('declarer.color');
        assert.deepEqual([value, source, setBy], ['green', 'platform', 'platform']);
        await rejectsWith(own.set('declarer.color', 'red', { by: 'tenant' }), 'AF_SETTING_OF_PLATFORM');
      },
    ));

  it('does not boot with a value or a declaration that cannot be', async () => {
    await refused({ config: { values: { 'declarer.color': 'gren' } } }, /declarer\.color.*cannot have/s);
    const bad: readonly (readonly [Partial<SettingSpec>, RegExp])[] = [
      [{ name: 'Color' }, /its name is none/],
      [{ schema: { type: 'string', secret: true }, default: '' }, /it is a secret/],
      [{ schema: { type: 'colour' } }, /its schema is wrong/],
      [{ default: 'pink' }, /default does not fit/],
    ];
    for (const [wrong, words] of bad) await refused({ specs: [{ ...color, ...wrong }] }, words);
  });

  it('serves them: listed, shown with a tag, set and reset under preconditions', () =>
    booted({}, async (platform) => {
      const call = async (method: string, path: string, value?: Json, headers: Record<string, string> = {}) =>
        askApi(platform.kernel, method, path, { headers, ...(value !== undefined && { body: { value } }) });
      const path = 'settings/declarer.color';
      const [listed, { settings }] = await call('GET', 'settings');
      assert.deepEqual([listed, (settings as unknown[]).length], [200, 2]);
      const [, body, headers] = await call('GET', path);
      assert.deepEqual([body['value'], body['source']], ['red', 'default']);
      const tag = headers.get('etag') ?? '';
      assert.equal((await call('GET', path, undefined, { 'if-none-match': tag }))[0], 304);
      const [set, { value }] = await call('PUT', path, 'blue', { 'if-match': tag });
      assert.deepEqual([set, value], [200, 'blue']);
      const [late, { code }] = await call('PUT', path, 'green', { 'if-match': tag });
      assert.deepEqual([late, code], [412, 'AF_HTTP_PRECONDITION_FAILED']);
      assert.equal((await call('PUT', path, 'green', { 'if-none-match': '*' }))[0], 412);
      assert.equal((await call('DELETE', path, undefined, { 'if-match': tag }))[0], 412);
      const now = (await call('GET', path))[2].get('etag') ?? '';
      const [reset, was] = await call('DELETE', path, undefined, { 'if-match': now });
      assert.deepEqual([reset, was['value']], [200, 'red']);
      assert.equal((await call('DELETE', path, undefined, { 'if-match': '*' }))[0], 200);
      assert.equal((await call('PUT', path, 'pink'))[0], 400);
      assert.equal((await call('GET', 'settings/declarer.colour'))[0], 404);
      const ofPlatform = 'settings/declarer.sizes';
      assert.equal((await call('PUT', ofPlatform, {}))[0], 403);
      const [allowed, sized] = await call('PUT', `tenants/default/${ofPlatform}`, { width: 7 });
      assert.deepEqual([allowed, sized['value']], [200, { width: 7 }]);
      assert.deepEqual((await call('GET', ofPlatform))[1], sized);
      assert.equal((await call('DELETE', `tenants/default/${ofPlatform}`))[0], 200);
      assert.equal((await call('GET', 'tenants/nobody/settings'))[0], 404);
    }));

  it('shows and changes nothing of another tenant', () =>
    booted({ more: [trustingPlugin] }, async ({ kernel }) => {
      for (const id of ['acme', 'globex']) await kernel.use(TenantStorage).create(id);
      const authorization = 'settings:read,settings:write';
      const as = (tenant: string) => ({ headers: { 'x-tenant': tenant, authorization } });
      await askApi(kernel, 'PUT', 'settings/declarer.color', { body: { value: 'blue' }, ...as('acme') });
      const [status, { value }] = await askApi(kernel, 'GET', 'settings/declarer.color', as('globex'));
      assert.deepEqual([status, value], [200, 'red']);
      assert.equal((await askApi(kernel, 'GET', 'tenants/acme/settings', as('globex')))[0], 403);
    }));

  it('has a setting no longer than the plugin that declared it', () =>
    booted({}, async (platform) => {
      const own = platform.kernel.use(TenantSettings).tenant('default');
      const newer = platform.kernel.use(TenantSettings).declare({ ...sizes, default: { width: 1 } });
      for (const one of platform.declared) one[Symbol.dispose]();
      assert.deepEqual(
        (await own.list()).map(({ name }) => name),
        ['declarer.sizes'],
      );
      newer[Symbol.dispose]();
      assert.deepEqual(await own.list(), []);
    }));
});

/** What an error and those behind it say. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const more = error instanceof AggregateError ? error.errors : [error.cause];
  return [error.message, ...more.filter((one) => one !== undefined).map(textOf)].join('\n');
}
