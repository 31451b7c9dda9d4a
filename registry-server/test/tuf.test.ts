import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';
import { tufClient, type TufClient } from './support/tuf-client.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('the proof of freshness', () => {
  let registry: TestRegistry;
  let ann: string;
  let root: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    for (const name of ['one', 'two', 'three'])
      await registry.publish(ann, await makePlugin({ name: `@ann/${name}` }));
    root = (await registry.ask('GET', '/-/af/v1/tuf/1.root.json')).text;
  });
  after(() => registry.close());

  const client = (folder?: string): TufClient => tufClient(registry, root, folder);

  it('is read by a stock TUF client, down to the packument that npm gets', async () => {
    const updater = client();
    for (const name of ['one', 'two', 'three']) {
      const info = await updater.getTargetInfo(`packuments/@ann/${name}.json`);
      assert.ok(info, name);
      const served = (await registry.ask('GET', `/@ann/${name}`)).text;
      assert.equal(info.hashes['sha512'], createHash('sha512').update(served).digest('hex'));
      assert.equal(readFileSync(await updater.downloadTarget(info), 'utf8'), served);
    }
    assert.equal(await updater.getTargetInfo('packuments/@ann/none.json'), undefined);
    const list = await updater.getTargetInfo('af/blocklist.json');
    assert.ok(list);
    await updater.downloadTarget(list);
  });

  it('moves on with every change, so that an old answer is known to be old', async () => {
    const before = client();
    const old = await before.getTargetInfo('packuments/@ann/one.json');
    await registry.publish(ann, await makePlugin({ name: '@ann/one', version: '1.1.0' }));
    const now = await client(before.folder).getTargetInfo('packuments/@ann/one.json');
    assert.notEqual(now?.hashes['sha512'], old?.hashes['sha512']);
    await assert.rejects(before.downloadTarget(old!), 'what it vouched for is not served any more');
  });

  it('signs once what several publishes changed, when somebody asks', async () => {
    const version = async (): Promise<number> =>
      JSON.parse((await registry.ask('GET', '/-/af/v1/tuf/timestamp.json')).text).signed.version;
    const before = await version();
    for (const name of ['@ann/three', '@ann/four', '@ann/five'])
      await registry.publish(ann, await makePlugin({ name, version: '1.0.0' }));
    assert.equal(await version(), before + 1);
    assert.equal(await version(), before + 1);
    const updater = client();
    for (const name of ['@ann/three', '@ann/four', '@ann/five'])
      assert.ok(await updater.getTargetInfo(`packuments/${name}.json`));
  });

  it('gives what is signed while nothing can be written, says so once, and signs the rest after that', async () => {
    const { database } = registry.registry;
    const ask = async (): Promise<[status: number, version: number]> => {
      const { status, json } = await registry.ask('GET', '/-/af/v1/tuf/timestamp.json');
      return [status, json.signed.version];
    };
    const told = (): number => registry.log.filter((line) => line.includes('the disk is full')).length;
    const [, before] = await ask();
    const { write } = database;
    for (const time of [1, 2]) {
      const plugin = await makePlugin({ name: '@ann/six', version: `1.${time}.0` });
      assert.equal((await registry.publish(ann, plugin)).status, 201);
      Object.assign(database, { write: () => Promise.reject(new Error('the disk is full')) });
      try {
        for (let look = 0; look < 3; look += 1) {
          assert.deepEqual(await ask(), [200, before + time - 1]);
          assert.equal(told(), time);
        }
      } finally {
        Object.assign(database, { write });
      }
      assert.deepEqual(await ask(), [200, before + time]);
    }
    const line = { message: 'Metadata could not be signed anew.', error: 'the disk is full' };
    assert.ok(registry.log.includes(JSON.stringify(line)));
  });

  it('refuses to go back: a timestamp older than one that was seen', async () => {
    const old = Buffer.from((await registry.ask('GET', '/-/af/v1/tuf/timestamp.json')).text);
    await registry.publish(ann, await makePlugin({ name: '@ann/two', version: '1.1.0' }));
    const updater = client();
    await updater.refresh();
    const { file } = registry.registry.tuf;
    registry.registry.tuf.file = async (name) => (name === 'timestamp.json' ? old : file(name));
    await assert.rejects(client(updater.folder).refresh(), /version|timestamp/i);
    registry.registry.tuf.file = file;
    await client(updater.folder).refresh();
  });

  it('refuses what is mixed from old and new, and what is signed by nobody', async () => {
    const { file } = registry.registry.tuf;
    const snapshot = Buffer.from((await registry.registry.tuf.file('snapshot.json')) ?? []);
    await registry.publish(ann, await makePlugin({ name: '@ann/three', version: '1.1.0' }));
    registry.registry.tuf.file = async (name) => (name.endsWith('.snapshot.json') ? snapshot : file(name));
    await assert.rejects(client().refresh());
    registry.registry.tuf.file = async (name) =>
      name === 'timestamp.json'
        ? Buffer.from(
            Buffer.from((await file(name)) ?? [])
              .toString()
              .replace(/"sig":"..../, '"sig":"0000'),
          )
        : file(name);
    await assert.rejects(client().refresh(), /signature|threshold|signed/i);
    registry.registry.tuf.file = file;
    await client().refresh();
  });

  it('runs out when nobody signs, and is signed anew before it does', async () => {
    const expiry = async (name: string): Promise<number> =>
      Date.parse((await registry.ask('GET', `/-/af/v1/tuf/${name}`)).json.signed.expires) -
      registry.registry.settings.now().getTime();
    assert.ok((await expiry('timestamp.json')) <= day);
    registry.pass(13 * hour);
    assert.ok((await expiry('timestamp.json')) < 12 * hour);
    const version = (await registry.ask('GET', '/-/af/v1/tuf/snapshot.json')).json.signed.version;
    await registry.registry.tuf.refresh();
    assert.ok((await expiry('timestamp.json')) > 23 * hour);
    assert.equal((await registry.ask('GET', '/-/af/v1/tuf/snapshot.json')).json.signed.version, version);
    registry.pass(60 * day);
    await registry.registry.tuf.refresh();
    for (const [name, least] of [
      ['snapshot', 6],
      ['targets', 80],
      ['bin-00', 80],
      ['bin-3f', 80],
      ['root', 180],
    ] as const)
      assert.ok((await expiry(`${name}.json`)) > least * day, name);
    registry.pass(200 * day);
    await registry.registry.tuf.refresh();
    assert.equal((await registry.ask('GET', '/-/af/v1/tuf/root.json')).json.signed.version, 2);
    await client().refresh();
  });

  it('is the same after a restart, and stops a start without its keys', async () => {
    const own = await openTestRegistry();
    await own.publish(await own.account('ann'), await makePlugin({ name: '@ann/kept' }));
    const before = (await own.ask('GET', '/-/af/v1/tuf/timestamp.json')).json.signed.version;
    await own.close();
    const again = await own.reopen();
    const after = (await again.ask('GET', '/-/af/v1/tuf/timestamp.json')).json.signed.version;
    assert.ok(after >= before);
    await again.close();
    renameSync(join(own.folder, 'keys/tuf-targets.pem'), join(own.folder, 'keys/elsewhere.pem'));
    await assert.rejects(own.reopen(), { code: 'AF_REGISTRY_OPTIONS' });
  });
});
