import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import {
  createAuthorKey,
  createRegistryKey,
  handOver,
  integrityOf,
  registryKeyOf,
  signVersion,
} from '@agent-factory/plugin-package';
import { httpTransport, install, readInstalled } from '@agent-factory/plugin-install';
import { author, makePlugin } from './support/make-plugin.ts';
import { SmallRegistry } from './support/small-registry.ts';
import { installSuite, weather } from './support/install-suite.ts';

const tarball = (version: string): string => `${weather}/-/plugin-weather-${version}.tgz`;
const dist = (entry: Record<string, unknown>): Record<string, unknown> =>
  entry['dist'] as Record<string, unknown>;

describe('an attack', () => {
  const suite = installSuite();

  it('by a higher version on another registry never reaches it: that registry is not asked', async () => {
    const evil = await new SmallRegistry().open();
    try {
      await suite.home.add([weather]);
      evil.publish(await makePlugin({ version: '99.0.0' }));
      await suite.refused(
        suite.home.add([`${weather}@99.0.0`], { registry: evil.url }),
        'AF_INSTALL_REGISTRY_PINNED',
      );
      await suite.refused(
        suite.home.upgrade(['weather@*'], { registry: evil.url }),
        'AF_INSTALL_REGISTRY_PINNED',
      );
      await suite.home.upgrade(['weather@*'], { registry: undefined });
      assert.deepEqual(evil.asked, []);
      assert.equal(readInstalled(suite.home.dataDir).plugins['weather']?.version, '1.0.0');
    } finally {
      await evil.close();
    }
  });

  it('by a scope that nobody said a registry for is not looked up anywhere', async () => {
    await suite.refused(suite.home.add([weather], { registry: undefined }), 'AF_INSTALL_REGISTRY_UNKNOWN');
    assert.deepEqual(suite.registry.asked, []);
  });

  it('by a package.json that says something else than the registry is seen', async () => {
    suite.registry.edit(
      weather,
      '1.0.0',
      (entry) => (entry['agentFactory'] = { id: 'weather', kernel: '*', permissions: {} }),
    );
    await suite.refused(suite.home.add([weather]), 'AF_INSTALL_MANIFEST', /agentFactory/);
    suite.registry.edit(weather, '1.0.0', (entry) => {
      entry['agentFactory'] = suite.good.packageJson['agentFactory'];
      entry['dependencies'] = { 'left-pad': '1.0.0' };
    });
    await suite.refused(suite.home.add([weather]), 'AF_INSTALL_MANIFEST', /dependencies/);
  });

  it('by a file that was changed on the way is seen', async () => {
    const other = await makePlugin({ files: { 'index.js': 'evil();' } });
    suite.registry.tarballs.set(tarball('1.0.0'), other.bytes);
    await suite.refused(suite.home.add([weather]), 'AF_INSTALL_CONTENT', /another SHA-512/);
    suite.registry.tarballs.set(tarball('1.0.0'), suite.good.bytes.subarray(0, 100));
    await suite.refused(suite.home.add([weather]), 'AF_INSTALL_CONTENT', /100 bytes arrived/);
  });

  it('by a file the registry signed and no author did is seen', async () => {
    const bare = await makePlugin({ version: '1.1.0', key: null });
    suite.registry.publish(bare);
    await suite.refused(suite.home.add([weather]), 'AF_SIGNATURE_MISSING', /no signature of its author/);
  });

  it('by a bomb that everybody signed is not unpacked', async () => {
    const bytes = gzipSync(Buffer.alloc(40 * 2 ** 20));
    suite.registry.publish({ ...suite.good, bytes, integrity: integrityOf(bytes) });
    await suite.refused(suite.home.add([weather]), 'AF_ARCHIVE_TOO_LARGE');
  });

  it('by a version without a signature of the registry is seen', async () => {
    suite.registry.edit(weather, '1.0.0', (entry) => delete dist(entry)['signatures']);
    await suite.refused(suite.home.add([weather]), 'AF_SIGNATURE_MISSING', /no signature of the registry/);
    suite.registry.edit(weather, '1.0.0', (entry) => (dist(entry)['signatures'] = []));
    await suite.refused(suite.home.add([weather]), 'AF_SIGNATURE_MISSING');
  });

  it('by a signature of a stranger, or for another version, is seen', async () => {
    const version = { name: weather, version: '1.0.0', integrity: suite.good.integrity };
    suite.registry.edit(
      weather,
      '1.0.0',
      (entry) => (dist(entry)['signatures'] = [signVersion(version, createRegistryKey())]),
    );
    await suite.refused(suite.home.add([weather]), 'AF_SIGNATURE_KEY_UNKNOWN');
    suite.registry.edit(
      weather,
      '1.0.0',
      (entry) =>
        (dist(entry)['signatures'] = [signVersion({ ...version, version: '0.9.0' }, suite.registry.key)]),
    );
    await suite.refused(suite.home.add([weather]), 'AF_SIGNATURE_INVALID');
  });

  it('by a key that had ended when the version was published is seen; what was published before it ended is good', async () => {
    suite.registry.keys = [registryKeyOf(suite.registry.key, '2025-06-01T00:00:00.000Z')];
    await suite.refused(suite.home.add([weather]), 'AF_SIGNATURE_KEY_EXPIRED');
    suite.registry.keys = [
      registryKeyOf(createRegistryKey()),
      registryKeyOf(suite.registry.key, '2026-06-01T00:00:00.000Z'),
    ];
    await suite.home.add([weather]);
  });

  it("by another author's key is seen; the author's own word, or a person's, lets a new key in", async () => {
    await suite.home.add([weather]);
    const thief = createAuthorKey();
    suite.registry.publish(await makePlugin({ version: '1.1.0', key: thief }));
    await suite.refused(
      suite.home.upgrade(['weather@*']),
      'AF_SIGNATURE_KEY_CHANGED',
      /until now its author signed with SHA256/,
    );
    suite.registry.custom.set(weather, {
      keys: [{ keyId: thief.keyId, since: new Date(Date.now() - 3_600_000).toISOString() }],
    });
    suite.registry.sign();
    await suite.refused(suite.home.upgrade(['weather@*']), 'AF_SIGNATURE_KEY_CHANGED');
    const next = createAuthorKey();
    suite.registry.publish(
      await makePlugin({ version: '1.2.0', key: next, handovers: [handOver(author, next.keyId)] }),
    );
    await suite.home.upgrade(['weather@*']);
    assert.equal(readInstalled(suite.home.dataDir).authors[weather], next.keyId);
    const third = createAuthorKey();
    suite.registry.publish(await makePlugin({ version: '1.3.0', key: third }));
    await suite.refused(suite.home.upgrade(['weather@*']), 'AF_SIGNATURE_KEY_CHANGED');
    suite.registry.custom.set(weather, {
      keys: [{ keyId: third.keyId, since: new Date(Date.now() - 73 * 3_600_000).toISOString() }],
    });
    suite.registry.sign();
    await suite.home.upgrade(['weather@*']);
    const fourth = createAuthorKey();
    suite.registry.publish(await makePlugin({ version: '1.4.0', key: fourth }));
    await suite.home.upgrade(['weather@*'], { acceptKeys: [fourth.keyId] });
  });

  it('by a name or an address that is none is refused before anybody is asked', async () => {
    for (const spec of [
      'weather',
      '@acme/Weather',
      `${weather}@not a range`,
      '@acme/../x',
      `${weather}@${'>1 '.repeat(200)}`,
      '',
    ])
      await suite.refused(suite.home.add([spec]), 'AF_INSTALL_SPEC');
    for (const address of [
      'ftp://x',
      'http://suite.registry.example.com',
      'https://user:secret@suite.registry.example.com',
      'nowhere',
    ])
      await suite.refused(suite.home.add([weather], { registry: address }), 'AF_INSTALL_SPEC');
    assert.deepEqual(suite.registry.asked, []);
  });

  it('by a second install at the same time waits its turn', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const first = suite.home.add([weather], {
      consent: async () => {
        asked.resolve();
        return promise.then(() => ({}));
      },
    });
    await asked.promise;
    await assert.rejects(suite.home.add([weather]), {
      code: 'AF_INSTALL_BUSY',
      message: new RegExp(`process ${process.pid}`),
    });
    resolve();
    await first;
  });

  it('by a requirement nobody can meet is explained', async () => {
    suite.registry.publish(
      await makePlugin({ name: '@acme/plugin-maps', manifest: { conflicts: { weather: '*' } } }),
    );
    await suite.home.add([weather]);
    await suite.refused(
      suite.home.add(['@acme/plugin-maps']),
      'AF_RESOLVE_FAILED',
      /maps 1\.0\.0 cannot run beside weather/,
    );
    suite.registry.publish(
      await makePlugin({ name: '@acme/plugin-store', manifest: { requires: { storage: '^1.0.0' } } }),
    );
    await suite.refused(
      suite.home.add(['@acme/plugin-store']),
      'AF_RESOLVE_FAILED',
      /No active plugin provides storage/,
    );
  });

  it('by a person who says no changes nothing, and nothing is fetched', async () => {
    const request = install({
      dataDir: suite.home.dataDir,
      mode: 'add',
      specs: [weather],
      registry: suite.registry.url,
      transport: httpTransport,
      beside: [],
      providers: {},
      kernelVersion: '0.1.0',
      cooldownMs: 0,
      check: async () => {},
      consent: () => Promise.reject(new Error('no')),
    });
    await assert.rejects(request, /no/);
    assert.ok(!suite.registry.asked.some((path) => path.endsWith('.tgz')));
    assert.equal(readInstalled(suite.home.dataDir).generation, 0);
  });
});
