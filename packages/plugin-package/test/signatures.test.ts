import assert from 'node:assert/strict';
import {
  authorManifestPath,
  createAuthorKey,
  createRegistryKey,
  handOver,
  keyIdOf,
  privatePem,
  readSigningKey,
  registryKeyOf,
  signFiles,
  signVersion,
  verifyFiles,
  verifyVersion,
  type AuthorManifest,
} from '@agent-factory/plugin-package';

const named = { name: '@acme/plugin-weather', version: '1.0.0' };
const file = (path: string, text: string): { path: string; bytes: Uint8Array } => ({
  path,
  bytes: Buffer.from(text),
});
const files = [file('package.json', '{}'), file('dist/index.js', 'export default 1;')];
const key = createAuthorKey();

function signed(manifest: AuthorManifest = signFiles({ ...named, files }, key)): ReturnType<typeof file>[] {
  return [...files, file(authorManifestPath, JSON.stringify(manifest))];
}

describe('the signature of an author', () => {
  it('holds for the files that were signed, and names the key', () => {
    const verdict = verifyFiles(signed(), named);
    assert.equal(verdict.keyId, key.keyId);
    assert.match(verdict.keyId, /^SHA256:[\w+/]{43}$/);
    assert.equal(keyIdOf(readSigningKey(privatePem(key), 'a key').publicKey), key.keyId);
  });

  const other = createAuthorKey();
  const tampered: readonly (readonly [
    what: string,
    files: readonly ReturnType<typeof file>[],
    reason: RegExp,
  ])[] = [
    ['a changed file', [file('package.json', '{ }'), ...signed().slice(1)], /package\.json was changed/],
    ['a file that was added', [...signed(), file('extra.js', '')], /extra\.js was added/],
    ['a file that is missing', signed().slice(1), /package\.json is missing/],
    [
      'another version',
      signed(signFiles({ ...named, version: '2.0.0', files }, key)),
      /it is for @acme\/plugin-weather@2\.0\.0/,
    ],
    [
      'another name',
      signed(signFiles({ ...named, name: '@acme/other', files }, key)),
      /it is for @acme\/other@1/,
    ],
    [
      'a key that did not sign',
      signed({
        ...signFiles({ ...named, files }, key),
        publicKey: signFiles({ ...named, files }, other).publicKey,
        keyId: other.keyId,
      }),
      /not made with that key/,
    ],
    [
      'a key that goes by the name of another',
      signed({ ...signFiles({ ...named, files }, key), keyId: other.keyId }),
      /another key than it brings/,
    ],
    ['text that is no JSON', [...files, file(authorManifestPath, 'signed!')], /is not JSON/],
    ['JSON of another shape', [...files, file(authorManifestPath, '{"format":2}')], /another shape/],
  ];
  for (const [what, changed, reason] of tampered) {
    it(`does not hold for ${what}`, () => {
      assert.throws(() => verifyFiles(changed, named), { code: 'AF_SIGNATURE_INVALID', message: reason });
    });
  }

  it('may not be missing', () => {
    assert.throws(() => verifyFiles(files, named), { code: 'AF_SIGNATURE_MISSING' });
  });

  it('may not change its key silently', () => {
    assert.throws(() => verifyFiles(signed(), named, { keyId: other.keyId }), {
      code: 'AF_SIGNATURE_KEY_CHANGED',
    });
    assert.equal(verifyFiles(signed(), named, { keyId: key.keyId }).keyId, key.keyId);
  });

  it('may change its key when the one before says so, over several steps', () => {
    const middle = createAuthorKey();
    const handovers = [handOver(other, middle.keyId), handOver(middle, key.keyId)];
    const manifest = signFiles({ ...named, files }, key, handovers);
    assert.deepEqual(verifyFiles(signed(manifest), named, { keyId: other.keyId }).formerKeyIds, [
      other.keyId,
      middle.keyId,
    ]);
  });

  it('may not change its key by a handover that somebody else wrote', () => {
    const forged = {
      ...handOver(createAuthorKey(), key.keyId),
      publicKey: signFiles({ ...named, files }, other).publicKey,
    };
    const manifest = signFiles({ ...named, files }, key, [forged]);
    assert.throws(() => verifyFiles(signed(manifest), named, { keyId: other.keyId }), {
      code: 'AF_SIGNATURE_INVALID',
      message: /handover/,
    });
  });

  it('may change its key when the registry announced it', () => {
    const pinned = { keyId: other.keyId, announced: [key.keyId] };
    assert.equal(verifyFiles(signed(), named, pinned).keyId, key.keyId);
  });
});

describe('the signature of a registry', () => {
  const registryKey = createRegistryKey();
  const version = { ...named, integrity: 'sha512-abc==' };
  const published = '2026-01-01T00:00:00.000Z';
  const signature = signVersion(version, registryKey);

  it('holds for name, version and content together', () => {
    assert.equal(
      verifyVersion(version, [signature], [registryKeyOf(registryKey)], published),
      registryKey.keyId,
    );
    for (const changed of [{ name: '@acme/other' }, { version: '1.0.1' }, { integrity: 'sha512-abd==' }])
      assert.throws(
        () => verifyVersion({ ...version, ...changed }, [signature], [registryKeyOf(registryKey)], published),
        { code: 'AF_SIGNATURE_INVALID' },
      );
  });

  it('may not be missing', () => {
    for (const none of [undefined, []])
      assert.throws(() => verifyVersion(version, none, [registryKeyOf(registryKey)], published), {
        code: 'AF_SIGNATURE_MISSING',
      });
  });

  it('is made with a key that the registry lists', () => {
    assert.throws(
      () => verifyVersion(version, [signature], [registryKeyOf(createRegistryKey())], published),
      { code: 'AF_SIGNATURE_KEY_UNKNOWN' },
    );
  });

  it('outlives its key for what was published before, and for nothing else', () => {
    const retired = [registryKeyOf(registryKey, '2026-02-01T00:00:00.000Z')];
    assert.equal(verifyVersion(version, [signature], retired, published), registryKey.keyId);
    for (const late of ['2026-03-01T00:00:00.000Z', undefined])
      assert.throws(() => verifyVersion(version, [signature], retired, late), {
        code: 'AF_SIGNATURE_KEY_EXPIRED',
      });
  });
});
