import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { awsHeaders, sha256 } from '../src/store/aws-signature.ts';
import { blobKey, type BlobStore } from '../src/store/blobs.ts';
import { createDiskBlobs } from '../src/store/disk-blobs.ts';
import { migrate } from '../src/store/migrate.ts';
import { createS3Blobs } from '../src/store/s3-blobs.ts';
import { createSmallBlobs } from '../src/store/small-blobs.ts';
import type { SqlDatabase } from '../src/store/sql.ts';
import { openSqlite } from '../src/store/sqlite-database.ts';
import { startFakeS3, type FakeS3 } from './support/fake-s3.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'test-secret', region: 'eu-north-1' };
const keyOf = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex');

function holdsBlobs(open: () => BlobStore): void {
  it('gives back what was put, whole and as a stream', async () => {
    const bytes = Buffer.from('a tarball');
    const blobs = open();
    await blobs.put(keyOf(bytes), bytes);
    await blobs.put(keyOf(bytes), bytes);
    assert.deepEqual(Buffer.from((await blobs.read(keyOf(bytes))) ?? []), bytes);
    const found = await blobs.stream(keyOf(bytes));
    assert.equal(found?.bytes, bytes.length);
    assert.deepEqual(await buffer(found.stream), bytes);
  });

  it('has nothing under a key that was not put', async () => {
    const blobs = open();
    const key = keyOf(Buffer.from('nobody put this'));
    assert.equal(await blobs.has(key), false);
    assert.equal(await blobs.read(key), undefined);
    assert.equal(await blobs.stream(key), undefined);
    await blobs.put(key, Buffer.from('nobody put this'));
    assert.equal(await blobs.has(key), true);
  });

  it('keeps one of two that are put at once', async () => {
    const bytes = Buffer.alloc(100_000, 7);
    const blobs = open();
    await Promise.all([blobs.put(keyOf(bytes), bytes), blobs.put(keyOf(bytes), bytes)]);
    assert.equal((await blobs.read(keyOf(bytes)))?.length, bytes.length);
  });
}

describe('tarballs on the disk', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'af-blobs-'))));
  after(() => rmSync(folder, { recursive: true }));

  holdsBlobs(() => createDiskBlobs(folder));

  it('leave no half-written file behind when the disk does not take them', async () => {
    const bytes = Buffer.from('in the way');
    const key = keyOf(bytes);
    const blobs = createDiskBlobs(folder);
    mkdirSync(join(folder, key.slice(0, 2), key), { recursive: true });
    await assert.rejects(blobs.put(key, bytes));
    assert.deepEqual(
      readdirSync(folder, { recursive: true }).filter((file) => /\.\d+\.\d+$/.test(String(file))),
      [],
    );
  });

  it('are taken once what was in the way of their folders is gone', async () => {
    const bytes = Buffer.from('in the way');
    const own = join(folder, 'own');
    mkdirSync(own);
    writeFileSync(join(own, '7f'), 'a file where a folder should be');
    const blobs = createDiskBlobs(own);
    await assert.rejects(blobs.put(keyOf(bytes), bytes));
    rmSync(join(own, '7f'));
    await blobs.put(keyOf(bytes), bytes);
    assert.deepEqual(Buffer.from((await blobs.read(keyOf(bytes))) ?? []), bytes);
  });

  it('lie under the sha512 of what they are', () => {
    const bytes = Buffer.from('x');
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    assert.equal(blobKey(integrity), keyOf(bytes));
  });
});

describe('tarballs in an S3-compatible store', () => {
  let s3: FakeS3;
  before(async () => (s3 = await startFakeS3(credentials, 'plugins')));
  after(() => s3.close());
  const open = (change = {}): BlobStore =>
    createS3Blobs({ ...credentials, endpoint: s3.endpoint, bucket: 'plugins', prefix: 'af/', ...change });

  holdsBlobs(open);

  it('say so when the store refuses or fails', async () => {
    const bytes = Buffer.from('x');
    const refused = { code: 'AF_REGISTRY_STORAGE', status: 507 };
    await assert.rejects(open({ secretAccessKey: 'wrong' }).put(keyOf(bytes), bytes), refused);
    await assert.rejects(open({ bucket: 'nowhere' }).put(keyOf(bytes), bytes), refused);
    s3.failNext(503);
    await assert.rejects(open().read(keyOf(bytes)), refused);
  });

  it('are asked for with the signature that AWS documents', () => {
    // "GET Object" of the examples of Signature Version 4 for S3, without its Range header.
    const headers = awsHeaders(
      {
        method: 'GET',
        url: new URL('https://examplebucket.s3.amazonaws.com/?lifecycle='),
        bodyHash: sha256(''),
        at: new Date('2013-05-24T00:00:00Z'),
      },
      {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        region: 'us-east-1',
      },
    );
    assert.match(
      headers['authorization'] ?? '',
      /Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543$/,
    );
  });
});

describe('tarballs in the database', () => {
  const [small, large] = [Buffer.from('a small tarball'), Buffer.alloc(40_000, 1)];
  let folder: string;
  let database: SqlDatabase;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'af-blobs-'));
    database = openSqlite(join(folder, 'registry.db'));
    await migrate(database);
  });
  after(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const files = (): string => join(folder, 'tarballs');
  const open = () => createSmallBlobs(database, createDiskBlobs(files()));

  holdsBlobs(open);

  it('are the small ones, and are there with what is written of them, or not at all', async () => {
    const blobs = open();
    const key = keyOf(small);
    const failed = blobs.putWith(key, small, async () => {
      throw new Error('the version is taken');
    });
    await assert.rejects(failed, /the version is taken/);
    assert.equal(await blobs.has(key), false);
    const written = await blobs.putWith(key, small, async (sql) =>
      sql.get('SELECT key FROM small_blobs WHERE key = ?', [key]),
    );
    assert.deepEqual(written, { key });
    assert.deepEqual(Buffer.from((await blobs.read(key)) ?? []), small);
    assert.equal(await createDiskBlobs(files()).has(key), false);
  });

  it('leave the large ones to the other store, which has them before what is written of them', async () => {
    const [blobs, disk] = [open(), createDiskBlobs(files())];
    const key = keyOf(large);
    assert.equal(await blobs.putWith(key, large, async () => disk.has(key)), true);
    assert.equal((await blobs.stream(key))?.bytes, large.length);
  });

  it('are found where they lay before', async () => {
    const bytes = Buffer.from('kept as a file');
    await createDiskBlobs(files()).put(keyOf(bytes), bytes);
    assert.deepEqual(Buffer.from((await open().read(keyOf(bytes))) ?? []), bytes);
  });
});
