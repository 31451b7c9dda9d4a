import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyBlocks,
  auditInstalled,
  httpTransport,
  openBundle,
  placesIn,
  readInstalled,
  revokeGranted,
  rollBack,
  verifyInstalled,
  writeBundle,
} from '@agent-factory/plugin-install';
import { InstallHome } from './support/install-home.ts';
import { makePlugin } from './support/make-plugin.ts';

import { installSuite, weather } from './support/install-suite.ts';

describe('what is installed', () => {
  const suite = installSuite();

  it('goes back in one step, also further and to nothing', async () => {
    suite.registry.publish(await makePlugin({ version: '1.1.0' }));
    suite.registry.publish(await makePlugin({ version: '1.2.0' }));
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await suite.home.add([`${weather}@${version}`]);
    await rollBack(suite.home.dataDir, undefined, suite.home.check);
    assert.deepEqual(suite.versions(), ['weather 1.1.0']);
    await rollBack(suite.home.dataDir, undefined, suite.home.check);
    assert.deepEqual(suite.versions(), ['weather 1.0.0']);
    await rollBack(suite.home.dataDir, undefined, suite.home.check);
    assert.deepEqual(suite.versions(), []);
    await assert.rejects(rollBack(suite.home.dataDir, undefined, suite.home.check), {
      code: 'AF_INSTALL_NO_ROLLBACK',
    });
    await rollBack(suite.home.dataDir, 3, suite.home.check);
    assert.deepEqual(suite.versions(), ['weather 1.2.0']);
    assert.equal(readInstalled(suite.home.dataDir).generation, 7);
    await assert.rejects(rollBack(suite.home.dataDir, 70, suite.home.check), {
      code: 'AF_INSTALL_NO_ROLLBACK',
    });
  });

  it('loses a permission for good, and nothing else', async () => {
    const permissions = { net: 'Asks a service.', 'tools:dice': 'Rolls.' };
    suite.registry.publish(await makePlugin({ version: '1.3.0', manifest: { permissions } }));
    await suite.home.add([`${weather}@1.3.0`]);
    const granted = (): readonly string[] | undefined =>
      readInstalled(suite.home.dataDir).plugins['weather']?.granted;
    assert.deepEqual(granted(), ['net', 'tools:dice']);
    assert.ok(await revokeGranted(suite.home.dataDir, weather, 'net'));
    assert.deepEqual(granted(), ['tools:dice']);
    assert.equal(await revokeGranted(suite.home.dataDir, weather, 'net'), undefined);
    assert.equal(await revokeGranted(suite.home.dataDir, 'other', 'net'), undefined);
    assert.deepEqual(granted(), ['tools:dice']);
  });

  it('does not go back to what was blocked since, or is no longer whole', async () => {
    suite.registry.publish(await makePlugin({ version: '1.1.0' }));
    await suite.home.add([`${weather}@1.0.0`]);
    await suite.home.add([`${weather}@1.1.0`]);
    const { packages } = placesIn(suite.home.dataDir);
    const old = readdirSync(join(packages, 'weather')).find((name) => /^1\.0\.0-\w+$/.test(name)) ?? '';
    writeFileSync(join(packages, 'weather', old, 'index.js'), 'evil();');
    await assert.rejects(rollBack(suite.home.dataDir, undefined, suite.home.check), {
      code: 'AF_INSTALL_CHANGED',
      message: /index\.js was changed/,
    });
    suite.registry.blocked = [{ name: weather, versions: '<1.1.0', reason: 'a hole.' }];
    suite.registry.sign();
    await applyBlocks(suite.home.dataDir, { transport: httpTransport });
    await assert.rejects(rollBack(suite.home.dataDir, undefined, suite.home.check), {
      code: 'AF_INSTALL_BLOCKED',
      message: /weather@1\.0\.0 is blocked: a hole/,
    });
    assert.deepEqual(suite.versions(), ['weather 1.1.0']);
  });

  it('stops a blocked plugin on a platform that has it, with those that need it, and says why', async () => {
    const needs = { manifest: { plugins: { weather: '*' } } };
    suite.registry.publish(await makePlugin({ name: '@acme/plugin-routes', ...needs }));
    await suite.home.add([weather, '@acme/plugin-routes']);
    assert.deepEqual(await applyBlocks(suite.home.dataDir, { transport: httpTransport }), {
      stopped: [],
      silent: [],
    });
    const kernel = suite.home.kernel();
    await kernel.start();
    suite.registry.blocked = [{ name: weather, versions: '*', reason: 'it was taken over.' }];
    suite.registry.sign();
    const { stopped } = await applyBlocks(suite.home.dataDir, { transport: httpTransport });
    assert.deepEqual(
      stopped.map(({ id }) => id),
      ['weather', 'routes'],
    );
    await kernel.apply();
    assert.deepEqual(
      kernel.inspect().plugins.map(({ id, state, why }) => [id, state, why]),
      [
        ['routes', 'inactive', 'it needs weather, which is blocked'],
        ['weather', 'inactive', 'it is blocked: it was taken over.'],
      ],
    );
    await kernel.close();
    const audit = await auditInstalled(suite.home.dataDir, { transport: httpTransport });
    assert.deepEqual(
      audit.map(({ plugin, kind, what }) => [plugin, kind, what]),
      [['weather', 'blocked', 'it was taken over.']],
    );
  });

  it('changes nothing when the registry cannot be asked for blocks', async () => {
    await suite.home.add([weather]);
    const before = suite.home.state();
    await suite.registry.close();
    const { stopped, silent } = await applyBlocks(suite.home.dataDir, { transport: httpTransport });
    assert.deepEqual([stopped, silent.map((one) => one.registry)], [[], [suite.registry.url]]);
    assert.equal(suite.home.state(), before);
  });

  it('finds a file that was changed, added or lost, at any time and without a network', async () => {
    await suite.home.add([weather]);
    await suite.registry.close();
    assert.deepEqual(
      verifyInstalled(suite.home.dataDir).map(({ problem, files }) => [problem, files]),
      [[undefined, 4]],
    );
    const { integrity = '' } = readInstalled(suite.home.dataDir).plugins['weather'] ?? {};
    const folder = placesIn(suite.home.dataDir).package('weather', '1.0.0', integrity);
    writeFileSync(join(folder, 'extra.js'), '');
    assert.match(verifyInstalled(suite.home.dataDir)[0]?.problem ?? '', /extra\.js was added/);
    rmSync(folder, { recursive: true });
    assert.match(verifyInstalled(suite.home.dataDir)[0]?.problem ?? '', /missing/);
  });

  it('installs from a bundle without a network, and says when the bundle is too old', async () => {
    suite.registry.publish(await makePlugin({ name: '@acme/plugin-maps' }));
    await suite.home.add([weather, '@acme/plugin-maps']);
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bundle-test-'));
    const far = new InstallHome('');
    const realNow = Date.now;
    try {
      suite.registry.sign(new Date(realNow() + 600_000).toISOString().replace(/\.\d+Z$/, 'Z'));
      assert.deepEqual(await writeBundle(suite.home.dataDir, folder, httpTransport), [
        '@acme/plugin-maps@1.0.0',
        `${weather}@1.0.0`,
      ]);
      await suite.registry.close();
      const { transport, specs, scopes } = openBundle(folder);
      const offline = { registry: undefined, transport, scopes };
      Date.now = () => realNow() + 900_000;
      await assert.rejects(far.add(specs, offline), { code: 'AF_INSTALL_STALE' });
      const { set } = await far.add(specs, { ...offline, maxStaleMs: 3_600_000 });
      assert.deepEqual(Object.keys(set.plugins), ['maps', 'weather']);
      await assert.rejects(far.add(['@acme/plugin-other'], { ...offline, maxStaleMs: 3_600_000 }), {
        code: 'AF_INSTALL_NOT_FOUND',
      });
      assert.throws(() => openBundle(suite.home.dataDir), { code: 'AF_INSTALL_BUNDLE' });
    } finally {
      Date.now = realNow;
      far.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
