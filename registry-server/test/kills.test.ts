import assert from 'node:assert/strict';
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelVersion } from '@agent-factory/kernel';
import { httpTransport, install, placesIn, verifyInstalled } from '@agent-factory/plugin-install';
import { verifyAudit } from '../src/store/records.ts';
import { makePlugin, publishBody, type TestPlugin } from './support/make-plugin.ts';
import { openTestRegistry } from './support/open-test-registry.ts';

const child = join(import.meta.dirname, 'support/registry-child.ts');
/** `npm run registry:e2e` asks for the full number. */
const publishes = Number(process.env['AF_REGISTRY_KILL_PUBLISHES'] ?? 40);
const perRound = 20;
/** Installs beside them; as many as publishes where there is time. */
const installsPerRound = publishes > 100 ? perRound : 4;

/** Installs a plugin into an empty platform; afterwards there is all of it, or nothing. */
async function tryInstall(
  { name, version }: TestPlugin,
  port: number,
  dataDir: string,
): Promise<'whole' | 'none'> {
  try {
    await install({
      dataDir,
      mode: 'add',
      specs: [`${name}@${version}`],
      registry: `http://127.0.0.1:${port}`,
      transport: httpTransport,
      beside: [],
      providers: {},
      kernelVersion,
      cooldownMs: 0,
      consent: async () => ({}),
      check: async () => {},
    });
  } catch (error) {
    assert.match(String(Object(error).code), /^AF_INSTALL_REGISTRY_/, String(error));
  }
  const verdicts = verifyInstalled(dataDir);
  assert.deepEqual(
    verdicts.filter(({ problem }) => problem !== undefined),
    [],
  );
  const { packages, lock } = placesIn(dataDir);
  const left = existsSync(packages) ? readdirSync(packages, { recursive: true }).map(String) : [];
  assert.ok(!existsSync(lock) && left.every((path) => !path.endsWith('.tmp')), left.join(' '));
  return verdicts.length > 0 ? 'whole' : 'none';
}

async function start(folder: string): Promise<{ process: ChildProcess; port: number }> {
  const process_ = fork(child, [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ port }] = await once(process_, 'message');
  return { process: process_, port };
}

describe('a registry that is killed while it publishes and plugins are installed from it', function () {
  this.timeout(600_000);

  it('has every version it acknowledged, whole, and none by half, and neither has any platform', async () => {
    const first = await openTestRegistry({ url: 'http://localhost' });
    const token = await first.account('ann');
    await first.close();
    const acknowledged = new Map<string, TestPlugin>();
    const begun = new Map<string, TestPlugin>();
    const installed = { whole: 0, none: 0 };
    for (let round = 0; round * perRound < publishes; round += 1) {
      const server = await start(first.folder);
      const plugins = await Promise.all(
        Array.from({ length: perRound }, (_, i) =>
          makePlugin({ name: `@ann/killed-${i % 5}`, version: `1.${round}.${i}` }),
        ),
      );
      let answered = 0;
      const known = [...acknowledged.values()];
      const installs = Array.from({ length: known.length > 0 ? installsPerRound : 0 }, async (_, i) => {
        const plugin = known[(round * installsPerRound + i) % known.length];
        if (plugin)
          installed[await tryInstall(plugin, server.port, join(first.folder, `to-${round}-${i}`))] += 1;
      });
      await Promise.all([
        ...installs,
        ...plugins.map(async (plugin) => {
          begun.set(`${plugin.name}@${plugin.version}`, plugin);
          try {
            const response = await fetch(
              `http://127.0.0.1:${server.port}/${plugin.name.replace('/', '%2f')}`,
              {
                method: 'PUT',
                headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
                body: JSON.stringify(publishBody(plugin)),
              },
            );
            if (response.status === 201) acknowledged.set(`${plugin.name}@${plugin.version}`, plugin);
          } catch {
            // It was killed before it answered.
          }
          answered += 1;
          if (answered === 1 + (round % (perRound - 1))) server.process.kill('SIGKILL');
        }),
      ]);
      if (server.process.exitCode === null && server.process.signalCode === null)
        await once(server.process, 'exit');
    }
    assert.ok(acknowledged.size > 0 && acknowledged.size < begun.size);
    console.log(
      `      ${begun.size} publishes, ${acknowledged.size} acknowledged; ${installed.whole} installs went through, ${installed.none} left nothing`,
    );

    const again = await first.reopen();
    const served = new Set<string>();
    for (let i = 0; i < 5; i += 1) {
      const name = `@ann/killed-${i}`;
      const { json, text } = await again.ask('GET', `/${name}`);
      const versions = Object.entries<{ dist: { integrity: string } }>(json?.versions ?? {});
      for (const [version, { dist }] of versions) {
        served.add(`${name}@${version}`);
        const response = await fetch(`http://127.0.0.1:${again.port}/${name}/-/killed-${i}-${version}.tgz`);
        const sum = createHash('sha512')
          .update(Buffer.from(await response.arrayBuffer()))
          .digest('base64');
        assert.equal(`sha512-${sum}`, dist.integrity, `${name}@${version}`);
        assert.equal(begun.get(`${name}@${version}`)?.integrity, dist.integrity);
      }
      if (versions.length === 0) continue;
      const target = await again.ask('GET', `/-/af/v1/tuf/targets/packuments/${name}.json`);
      assert.equal(target.text, text);
      assert.ok(json.versions[json['dist-tags'].latest]);
    }
    for (const each of acknowledged.keys())
      assert.ok(served.has(each), `${each} was acknowledged and is lost`);
    for (const [each, plugin] of begun) {
      if (served.has(each)) continue;
      assert.equal((await again.publish(token, plugin)).status, 201, `${each} can be published anew`);
    }
    assert.equal((await verifyAudit(again.registry.database)).broken, undefined);
    await again.close();
  });
});

describe('a registry whose disk is full', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'af-registry-full-'));
  let mounted = false;

  before(function () {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) this.skip();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'ignore' });
      mounted = true;
    } catch {
      this.skip();
    }
  });
  after(() => {
    if (mounted) execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('publishes nothing by half, says so, serves what it has, and goes on when there is room', async () => {
    const data = join(folder, 'registry');
    mkdirSync(data);
    const registry = await openTestRegistry({ dataDir: data });
    const token = await registry.account('ann');
    const small = await makePlugin({ name: '@ann/small' });
    assert.equal((await registry.publish(token, small)).status, 201);
    writeFileSync(join(folder, 'ballast'), '');
    try {
      writeFileSync(join(folder, 'ballast'), Buffer.alloc(4 * 2 ** 20));
    } catch {
      // It is full now.
    }
    const noise = Array.from({ length: 3000 }, (_, i) => Math.sin(i).toString(36)).join('');
    const next = await makePlugin({ name: '@ann/next', files: { 'data.txt': noise } });
    const refused = await registry.publish(token, next);
    assert.deepEqual([refused.status, refused.json.code], [507, 'AF_REGISTRY_STORAGE'], refused.text);
    assert.equal((await registry.ask('GET', '/@ann/next')).status, 404);
    assert.equal((await registry.ask('GET', '/@ann/small')).status, 200);
    rmSync(join(folder, 'ballast'));
    assert.equal((await registry.publish(token, next)).status, 201);
    await registry.close();
  });
});
