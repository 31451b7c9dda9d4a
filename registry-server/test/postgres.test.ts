import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { kernelVersion } from '@agent-factory/kernel';
import { httpTransport, install, readInstalled } from '@agent-factory/plugin-install';
import { freshPostgres } from '@agent-factory/test-servers';
import { verifyAudit } from '../src/store/records.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';
import { tufClient } from './support/tuf-client.ts';

describe('a registry on PostgreSQL', function () {
  this.timeout(120_000);
  let postgres: Awaited<ReturnType<typeof freshPostgres>>;
  let registry: TestRegistry;
  let ann: string;
  let admin: string;
  before(async () => {
    postgres = await freshPostgres();
    registry = await openTestRegistry({ databaseUrl: postgres.url });
    ann = await registry.account('ann');
    admin = await registry.account('boss', { role: 'admin' });
  });
  after(async () => {
    await registry?.close();
    await postgres?.close();
  });

  it('publishes, serves, finds, tags, deprecates and unpublishes', async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0'])
      assert.equal(
        (
          await registry.publish(
            ann,
            await makePlugin({ name: '@ann/one', version, permissions: { net: 'Asks.' } }),
          )
        ).status,
        201,
      );
    const first = await registry.ask('GET', '/@ann%2fone');
    assert.deepEqual(Object.keys(first.json.versions), ['1.0.0', '1.1.0', '1.2.0']);
    const again = await registry.ask('GET', '/@ann%2fone', {
      headers: { 'if-none-match': String(first.headers.get('etag')) },
    });
    assert.equal(again.status, 304);
    const found = await registry.ask('GET', '/-/af/v1/plugins?text=one&permission=net');
    assert.deepEqual([found.json.total, found.json.facets.permission.net], [1, 1]);
    const tag = { token: ann, body: '"1.0.0"' };
    assert.equal((await registry.ask('PUT', '/-/package/@ann%2fone/dist-tags/stable', tag)).status, 201);
    const document = (await registry.ask('GET', '/@ann%2fone?write=true')).json;
    document.versions['1.1.0'].deprecated = 'use 1.2';
    assert.equal((await registry.ask('PUT', '/@ann%2fone', { token: ann, body: document })).status, 201);
    const edited = (await registry.ask('GET', '/@ann%2fone?write=true')).json;
    assert.equal(edited.versions['1.1.0'].deprecated, 'use 1.2');
    delete edited.versions['1.2.0'];
    const gone = await registry.ask('PUT', `/@ann%2fone/-rev/${edited._rev}`, { token: ann, body: edited });
    assert.equal(gone.status, 201, gone.text);
    const last = (await registry.ask('GET', '/@ann%2fone')).json;
    assert.deepEqual(last['dist-tags'], { latest: '1.1.0', stable: '1.0.0' });
  });

  it('is installed from, with every proof', async () => {
    const dataDir = mkdtempSync(join(registry.folder, 'platform-'));
    await install({
      dataDir,
      mode: 'add',
      specs: ['@ann/one'],
      registry: `http://127.0.0.1:${registry.port}`,
      transport: httpTransport,
      beside: [],
      providers: {},
      kernelVersion,
      cooldownMs: 0,
      consent: async () => ({ one: ['net'] }),
      check: async () => {},
    });
    assert.equal(readInstalled(dataDir).plugins['one']?.version, '1.1.0');
  });

  it('is one registry for two processes: what both publish at once is all there, and proven', async () => {
    const other = await registry.reopen();
    const publish = (on: TestRegistry, from: number): Promise<unknown>[] =>
      Array.from({ length: 6 }, async (_, i) => {
        const plugin = await makePlugin({ name: '@ann/both', version: `1.${from}.${i}` });
        const { status, text } = await on.publish(ann, plugin);
        assert.equal(status, 201, text);
      });
    await Promise.all([...publish(registry, 1), ...publish(other, 2)]);
    const same = await Promise.all(
      [registry, other].map(
        async (one) => (await one.publish(ann, await makePlugin({ name: '@ann/race' }))).status,
      ),
    );
    assert.deepEqual(
      same.toSorted((left, right) => left - right),
      [201, 403],
    );
    for (const one of [registry, other]) {
      const { text, json } = await one.ask('GET', '/@ann%2fboth');
      assert.equal(Object.keys(json.versions).length, 12);
      const client = tufClient(one, (await one.ask('GET', '/-/af/v1/tuf/1.root.json')).text);
      const info = await client.getTargetInfo('packuments/@ann/both.json');
      assert.equal(info?.length, Buffer.byteLength(text));
    }
    await other.close();
  });

  it('blocks, and keeps all of it over a restart, with an audit log that is whole', async () => {
    const body = { name: '@ann/both', versions: '1.1.x', reason: 'It steals.' };
    assert.equal((await registry.ask('POST', '/-/af/v1/blocks', { token: admin, body })).status, 201);
    await registry.close();
    registry = await registry.reopen();
    const { json } = await registry.ask('GET', '/@ann%2fboth');
    assert.deepEqual(
      Object.keys(json.versions),
      Array.from({ length: 6 }, (_, i) => `1.2.${i}`),
    );
    assert.equal((await registry.ask('GET', '/-/af/v1/blocklist')).json.blocked[0].reason, 'It steals.');
    assert.equal((await verifyAudit(registry.registry.database)).broken, undefined);
  });
});
