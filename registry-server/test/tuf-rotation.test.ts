import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { readSigningKey, type SigningKey } from '@agent-factory/plugin-package';
import { Metadata, MetadataKind, Signature } from '@tufjs/models';
import { tufKeyNames } from '../src/trust/key-folder.ts';
import { tufKeyId } from '../src/trust/tuf-signing.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';
import { tufClient, type TufClient } from './support/tuf-client.ts';

describe('the key that signs versions, rotated', function () {
  this.timeout(60_000);

  it('by a process that dies in between is settled at the next start, either way', async () => {
    const own = await openTestRegistry();
    const [now, next] = ['registry.pem', 'registry.next.pem'].map((file) => join(own.folder, 'keys', file));
    assert.ok(now !== undefined && next !== undefined);
    const token = await own.account('boss', { role: 'admin' });
    const old = join(own.folder, 'old.pem');
    copyFileSync(now, old);
    assert.equal(
      (await own.ask('POST', '/-/af/v1/keys/rotate', { token, body: { role: 'registry' } })).status,
      201,
    );
    const rotated = readFileSync(now, 'utf8');
    await own.close();
    // It died after the new key was listed, before the key was put in its place.
    renameSync(now, next);
    copyFileSync(old, now);
    const second = await own.reopen();
    assert.equal(readFileSync(now, 'utf8'), rotated);
    const listed = second.registry.keys.list();
    await second.close();
    // It died before the new key was listed.
    copyFileSync(old, next);
    const third = await own.reopen();
    assert.equal(readFileSync(now, 'utf8'), rotated);
    assert.ok(!existsSync(next));
    assert.deepEqual(third.registry.keys.list(), listed);
    await third.close();
  });

  it('that could not be written down changes nothing', async () => {
    const own = await openTestRegistry();
    const { keys, database } = own.registry;
    const before = keys.list();
    const { write } = database;
    // The disk is full at the end of the write.
    database.write = async (work) => {
      await write(async (sql) => {
        await work(sql);
        throw new Error('full');
      }).catch(() => {});
      throw new Error('full');
    };
    await assert.rejects(keys.rotate('boss'), /full/);
    database.write = write;
    assert.deepEqual(keys.list(), before);
    await keys.rotate('boss');
    assert.equal(keys.list()[1]?.keyid, before[0]?.keyid);
    await own.close();
  });
});

describe('a key of the metadata that is rotated', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  let admin: string;
  let root: string;
  /** It trusted the registry before anything was rotated. */
  let host: TufClient;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    admin = await registry.account('boss', { role: 'admin' });
    await registry.publish(ann, await makePlugin({ name: '@ann/one' }));
    root = (await registry.ask('GET', '/-/af/v1/tuf/1.root.json')).text;
    host = tufClient(registry, root);
    await host.refresh();
  });
  after(() => registry.close());

  const again = (): TufClient => tufClient(registry, root, host.folder);
  const rotate = (role: string, token = admin): Promise<Answer> =>
    registry.ask('POST', '/-/af/v1/keys/rotate', { token, body: { role } });
  const keyFile = (name: string): string => join(registry.folder, 'keys', `tuf-${name}.pem`);
  const keyIn = (file: string): SigningKey => readSigningKey(readFileSync(file, 'utf8'), file);

  for (const name of tufKeyNames)
    it(`is followed by hosts, also by those that come new, and by what is published later: ${name}`, async () => {
      const before = keyIn(keyFile(name)).keyId;
      const { status, text } = await rotate(name);
      assert.equal(status, 201, text);
      assert.notEqual(keyIn(keyFile(name)).keyId, before);
      await again().refresh();
      await registry.publish(ann, await makePlugin({ name: `@ann/after-${name}` }));
      for (const client of [again(), tufClient(registry, root)]) {
        const info = await client.getTargetInfo(`packuments/@ann/after-${name}.json`);
        assert.ok(info);
        await client.downloadTarget(info);
        assert.ok(await client.getTargetInfo('packuments/@ann/one.json'));
      }
    });

  it('ends a fast-forward: a host that saw a version far ahead, signed by a stolen key, follows again', async () => {
    const stolen = keyIn(keyFile('timestamp'));
    const { file } = registry.registry.tuf;
    registry.registry.tuf.file = async (asked) => {
      const bytes = await file(asked);
      return asked === 'timestamp.json' && bytes ? signedBy(stolen, bytes, 1_000_000) : bytes;
    };
    await again().refresh();
    registry.registry.tuf.file = file;
    await assert.rejects(again().refresh(), /version|timestamp/i, 'the true one looks old to it');
    await rotate('timestamp');
    await again().refresh();
    assert.ok(await again().getTargetInfo('packuments/@ann/one.json'));
  });

  it('counts for nothing afterwards: what it signs is refused', async () => {
    const stolen = join(registry.folder, 'stolen.pem');
    copyFileSync(keyFile('timestamp'), stolen);
    await rotate('timestamp');
    await again().refresh();
    const { file } = registry.registry.tuf;
    registry.registry.tuf.file = async (asked) => {
      const bytes = await file(asked);
      return asked === 'timestamp.json' && bytes ? signedBy(keyIn(stolen), bytes) : bytes;
    };
    await assert.rejects(again().refresh(), /signature|threshold|signed/i);
    registry.registry.tuf.file = file;
    await again().refresh();
  });

  /** A later timestamp than the one that is served, signed by a key. */
  function signedBy(key: SigningKey, bytes: Uint8Array, ahead = 1): Buffer {
    const json = JSON.parse(Buffer.from(bytes).toString('utf8'));
    json.signed.version += ahead;
    const metadata = Metadata.fromJSON(MetadataKind.Timestamp, json);
    metadata.sign(
      (data) =>
        new Signature({ keyID: tufKeyId(key), sig: sign(null, data, key.privateKey).toString('hex') }),
      false,
    );
    return Buffer.from(JSON.stringify(metadata.toJSON()));
  }

  it('is an administrator’s to rotate, and needs the root key', async () => {
    assert.equal((await rotate('targets', ann)).status, 403);
    assert.deepEqual((await rotate('mirror')).json.code, 'AF_REGISTRY_REQUEST');
    const away = join(registry.folder, 'root-elsewhere.pem');
    renameSync(keyFile('root'), away);
    const refused = await rotate('targets');
    assert.deepEqual([refused.status, refused.json.code], [409, 'AF_REGISTRY_ROOT_AWAY']);
    await again().refresh();
    renameSync(away, keyFile('root'));
    const { json } = await registry.ask('GET', '/-/af/v1/audit?limit=1000', { token: admin });
    const roles = json.lines
      .filter(({ action }: { action: string }) => action === 'key.begun')
      .map(({ detail }: { detail: { role?: string } }) => detail.role);
    for (const name of tufKeyNames) assert.ok(roles.includes(name), name);
  });

  it('is one at a time: of rotations that are asked for at once none loses the key of another', async () => {
    const roles = ['targets', 'root', 'targets', 'timestamp', 'root'];
    const answers = await Promise.all(roles.map((role) => rotate(role)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      roles.map(() => 201),
    );
    const roots = [...(await registry.registry.tuf.chain([]))].filter(([file]) => file.endsWith('root.json'));
    const newest = JSON.parse(Buffer.from(roots.at(-1)?.[1] ?? Buffer.of()).toString('utf8'));
    for (const name of tufKeyNames)
      assert.deepEqual(newest.signed.roles[name].keyids, [tufKeyId(keyIn(keyFile(name)))], name);
    await again().refresh();
  });

  it('by a process that dies in between is settled at the next start, either way', async () => {
    const own = await openTestRegistry();
    const next = join(own.folder, 'keys/tuf-snapshot.next.pem');
    const now = join(own.folder, 'keys/tuf-snapshot.pem');
    const token = await own.account('boss', { role: 'admin' });
    const old = join(own.folder, 'old.pem');
    copyFileSync(now, old);
    await own.ask('POST', '/-/af/v1/keys/rotate', { token, body: { role: 'snapshot' } });
    const rotated = readFileSync(now, 'utf8');
    await own.close();
    // It died after the new root was written, before the key was put in its place.
    renameSync(now, next);
    copyFileSync(old, now);
    const second = await own.reopen();
    assert.equal(readFileSync(now, 'utf8'), rotated);
    assert.ok(!existsSync(next));
    await second.publish(await second.account('ann'), await makePlugin({ name: '@ann/kept' }));
    const first = (await second.ask('GET', '/-/af/v1/tuf/1.root.json')).text;
    await tufClient(second, first).refresh();
    await second.close();
    // It died before the new root was written.
    copyFileSync(old, next);
    const third = await own.reopen();
    assert.equal(readFileSync(now, 'utf8'), rotated);
    assert.ok(!existsSync(next));
    await tufClient(third, first).refresh();
    await third.close();
  });
});
