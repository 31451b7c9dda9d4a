import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { amendConfig, placesIn, readInstalled, removePlugins } from '@agent-factory/plugin-install';
import { author, makePlugin } from './support/make-plugin.ts';

import { installSuite, weather } from './support/install-suite.ts';

describe('installing', () => {
  const suite = installSuite();

  it('puts a verified plugin into the store, notes all about it, and a platform runs it', async () => {
    const { installed, set } = await suite.home.add([weather]);
    assert.deepEqual(
      installed.map(({ id, version, from, newAuthor }) => [id, version, from, newAuthor]),
      [['weather', '1.0.0', undefined, true]],
    );
    const one = set.plugins['weather'];
    assert.ok(one);
    assert.deepEqual(
      [one.authorKey, one.registryKey, one.registry, one.range],
      [author.keyId, suite.registry.key.keyId, suite.registry.url, '*'],
    );
    assert.deepEqual(
      [set.scopes, set.authors],
      [{ '@acme': suite.registry.url }, { [weather]: author.keyId }],
    );
    const kernel = suite.home.kernel();
    const { start } = await kernel.start();
    assert.deepEqual(
      start.map(({ plugin, version }) => [plugin, version]),
      [['weather', '1.0.0']],
    );
    await kernel.close();
  });

  it('keeps modes plain, and leaves no drafts', async () => {
    suite.registry.publish(await makePlugin({ version: '1.0.1', files: { 'bin/run.sh': '#!/bin/sh' } }));
    await suite.home.add([weather]);
    const { packages } = placesIn(suite.home.dataDir);
    const names = readdirSync(join(packages, 'weather'));
    assert.equal(names.length, 2, names.join());
    const folder = join(packages, 'weather', names[0] ?? '');
    assert.equal(statSync(join(folder, 'bin/run.sh')).mode & 0o7777, 0o644);
    assert.match(readFileSync(`${folder}.integrity`, 'utf8'), /^sha512-/);
  });

  it('takes the highest version in the range, and upgrades when told to', async () => {
    for (const version of ['1.1.0', '1.2.0', '2.0.0', '3.0.0-beta.1'])
      suite.registry.publish(await makePlugin({ version }));
    await suite.home.add([`${weather}@~1.1.0`]);
    assert.deepEqual(suite.versions(), ['weather 1.1.0']);
    await suite.home.add([weather]);
    assert.deepEqual(suite.versions(), ['weather 1.1.0'], 'what is there and fits stays');
    await suite.home.upgrade([`${weather}@^1`]);
    assert.deepEqual(suite.versions(), ['weather 1.2.0']);
    await suite.home.upgrade();
    assert.deepEqual(suite.versions(), ['weather 1.2.0'], 'the range it was asked for holds');
    await suite.home.upgrade(['weather@*']);
    assert.deepEqual(suite.versions(), ['weather 2.0.0']);
    assert.deepEqual((await suite.home.upgrade()).installed, []);
  });

  it('passes over versions that are yanked, blocked, too new, or for another kernel', async () => {
    suite.registry.publish(await makePlugin({ version: '1.1.0' }), { yanked: true });
    suite.registry.publish(await makePlugin({ version: '1.2.0' }));
    suite.registry.publish(await makePlugin({ version: '1.3.0' }), { published: new Date().toISOString() });
    suite.registry.publish(await makePlugin({ version: '1.4.0', manifest: { kernel: '^9.0.0' } }));
    suite.registry.blocked = [{ name: weather, versions: '1.2.0', reason: 'it sends your keys away.' }];
    suite.registry.sign();
    await suite.home.add([weather], { cooldownMs: 86_400_000 });
    assert.deepEqual(suite.versions(), ['weather 1.0.0']);
    const refused = suite.home.add([`${weather}@>=1.1.0 <1.4.0`], { cooldownMs: 86_400_000 });
    await assert.rejects(refused, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'AF_INSTALL_NO_VERSION');
      assert.match(error.message, /1\.3\.0: it was published .* less than 24 hours ago/);
      assert.match(error.message, /1\.2\.0: it is blocked: it sends your keys away/);
      assert.match(error.message, /1\.1\.0: its author took it back/);
      return true;
    });
    await assert.rejects(suite.home.add([`${weather}@1.4.0`]), {
      code: 'AF_RESOLVE_FAILED',
      message: /runs on kernel \^9\.0\.0/,
    });
  });

  it('brings along the plugins a plugin needs', async () => {
    suite.registry.publish(await makePlugin({ name: '@acme/plugin-maps', version: '1.0.0' }));
    suite.registry.publish(await makePlugin({ name: '@acme/plugin-maps', version: '2.0.0' }));
    const needs = {
      manifest: { plugins: { maps: '^1.0.0' } },
      json: { peerDependencies: { '@acme/plugin-maps': '^1.0.0' } },
    };
    suite.registry.publish(await makePlugin({ name: '@acme/plugin-routes', ...needs }));
    await suite.home.add(['@acme/plugin-routes']);
    assert.deepEqual(suite.versions().toSorted(), ['maps 1.0.0', 'routes 1.0.0']);
    await assert.rejects(suite.home.upgrade(['maps@2.0.0']), {
      code: 'AF_RESOLVE_FAILED',
      message: /routes 1\.0\.0 needs plugin maps \^1\.0\.0/,
    });
    await assert.rejects(removePlugins(suite.home.dataDir, ['maps'], suite.home.check), {
      code: 'AF_RESOLVE_FAILED',
    });
    assert.deepEqual(suite.versions().toSorted(), ['maps 1.0.0', 'routes 1.0.0']);
    await removePlugins(suite.home.dataDir, ['routes', '@acme/plugin-maps'], suite.home.check);
    assert.deepEqual(suite.versions(), []);
    assert.deepEqual(readInstalled(suite.home.dataDir).authors, {
      '@acme/plugin-maps': author.keyId,
      '@acme/plugin-routes': author.keyId,
    });
  });

  it('asks before anything is installed, and again when an upgrade may do more', async () => {
    suite.registry.publish(
      await makePlugin({ version: '1.1.0', manifest: { permissions: { net: 'Asks a server.' } } }),
    );
    await suite.home.add([`${weather}@1.0.0`]);
    const before = suite.home.state();
    const seen: string[][] = [];
    const no = async (
      proposals: readonly { added: readonly { name: string; sentence: string }[] }[],
    ): Promise<never> => {
      seen.push(proposals.flatMap(({ added }) => added.map(({ sentence }) => sentence)));
      throw new Error('no');
    };
    await assert.rejects(suite.home.upgrade(['weather@*'], { consent: no }), /^Error: no$/);
    assert.deepEqual(seen, [['reach any address on the network']]);
    assert.equal(suite.home.state(), before);
    const { set } = await suite.home.upgrade(['weather@*']);
    assert.deepEqual(set.plugins['weather']?.granted, ['net']);
    suite.registry.publish(
      await makePlugin({
        version: '1.2.0',
        manifest: { permissions: { 'net:api.example.com': 'Now one.' } },
      }),
    );
    const { installed } = await suite.home.upgrade(['weather@*']);
    assert.deepEqual(
      installed.map(({ added, removed }) => [added.length, removed.map(({ name }) => name)]),
      [[0, ['net']]],
    );
  });

  it('adds what is installed to a configuration, which may set it up or switch it off', async () => {
    suite.registry.publish(
      await makePlugin({ name: '@acme/plugin-maps', manifest: { permissions: { net: '' } } }),
    );
    const { set } = await suite.home.add([weather, '@acme/plugin-maps'], {
      isolation: 'L1',
      check: async () => {},
    });
    assert.deepEqual(
      amendConfig(
        {
          plugins: [
            { use: weather, config: { a: 1 } },
            './own',
            { use: 'maps', isolation: 'trusted', enabled: false },
          ],
          grants: { own: ['files'] },
        },
        set,
      ),
      {
        plugins: [
          { version: '1.0.0', isolation: 'L1', use: 'weather', config: { a: 1 } },
          './own',
          { version: '1.0.0', isolation: 'trusted', use: 'maps', enabled: false },
        ],
        grants: { maps: ['net'], own: ['files'] },
      },
    );
    assert.deepEqual(amendConfig({ plugins: [] }, set).plugins, [
      { use: 'maps', version: '1.0.0', isolation: 'L1' },
      { use: 'weather', version: '1.0.0', isolation: 'L1' },
    ]);
  });

  it('keeps what was said of isolation, and takes it up anew when something else is said', async () => {
    const check = async (): Promise<void> => {};
    const levels = (): unknown => readInstalled(suite.home.dataDir).plugins['weather']?.isolation;
    await suite.home.add([`${weather}@1.0.0`], { isolation: undefined, check });
    assert.equal(levels(), undefined, 'the platform decides');
    await suite.home.add([`${weather}@1.0.0`], { isolation: 'L1', check });
    assert.equal(levels(), 'L1');
    suite.registry.publish(await makePlugin({ version: '1.1.0' }));
    const { installed } = await suite.home.upgrade(['weather@*'], { isolation: undefined, check });
    assert.deepEqual(
      installed.map(({ version, isolation }) => [version, isolation]),
      [['1.1.0', 'L1']],
    );
    assert.equal(levels(), 'L1');
  });

  it('asks a registry that can answer so once for all but the package files', async () => {
    suite.registry.together = true;
    suite.registry.publish(await makePlugin({ name: '@acme/plugin-tides', id: 'tides' }));
    await suite.home.add([weather, '@acme/plugin-tides']);
    assert.deepEqual(
      suite.registry.asked.filter((path) => !path.endsWith('.tgz')),
      ['-/af/v1/documents'],
    );
  });

  it('asks for each by itself where the one answer is none, or leaves something out', async () => {
    const answers = ['<html>', '{', '{"answers":null}', '{"answers":{"-/npm/v1/keys":1}}', '{"answers":{}}'];
    for (const [index, answer] of answers.entries()) {
      suite.registry.publish(await makePlugin({ version: `1.${index + 1}.0` }));
      suite.registry.sabotage.set('-/af/v1/documents', (response) => response.end(answer));
      await suite.home.add([`${weather}@*`]);
      suite.registry.sabotage.set('-/af/v1/documents', (response) =>
        response.writeHead(302, { location: '/' }).end(),
      );
      await suite.home.upgrade(['weather']);
    }
    assert.deepEqual(suite.versions(), ['weather 1.5.0']);
  });
});
