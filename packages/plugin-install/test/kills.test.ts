import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { placesIn, readInstalled, verifyInstalled } from '@agent-factory/plugin-install';
import { InstallHome } from './support/install-home.ts';
import { installSuite, weather } from './support/install-suite.ts';
import { makePlugin } from './support/make-plugin.ts';

const child = join(import.meta.dirname, 'support/install-child.ts');
/** `npm run registry:e2e` asks for more. */
const kills = Number(process.env['AF_INSTALL_KILLS'] ?? 5);
/** Things an install asks a registry for, from the first to the last and a few more. */
const mostAsks = 30;

describe('an install that is killed', () => {
  const suite = installSuite();

  it(`at any of ${kills} moments leaves what was installed, and the next one goes through`, async () => {
    const { registry } = suite;
    const many = Array.from({ length: 6 }, (_, n) => `@acme/plugin-many-${'abcdef'[n]}`);
    for (const name of many)
      registry.publish(
        await makePlugin({ name, files: { 'data.json': JSON.stringify('x'.repeat(300_000)) } }),
      );
    let interrupted = 0;
    for (let round = 0; round < kills; round++) {
      const home = new InstallHome(registry.url);
      await home.add([weather]);
      const before = home.state();
      const seen = registry.asked.length;
      const started = spawn(
        process.execPath,
        ['--conditions=@agent-factory/source', child, home.dataDir, registry.url, ...many],
        { stdio: 'ignore' },
      );
      const ended = once(started, 'exit');
      // Later each time: counted in what it has asked for, so that it does not hang on how fast the machine is.
      const asks = 1 + ((round * 4 + 3) % mostAsks);
      while (registry.asked.length - seen < asks && started.exitCode === null)
        await new Promise((next) => setTimeout(next, 2));
      started.kill('SIGKILL');
      await ended;
      const isInterrupted = home.state() === before;
      interrupted += isInterrupted ? 1 : 0;
      expectWhole(home, isInterrupted ? 1 : 1 + many.length);
      await home.add(many);
      expectWhole(home, 1 + many.length);
      const { packages, lock } = placesIn(home.dataDir);
      const drafts = readdirSync(packages).flatMap((id) =>
        readdirSync(join(packages, id)).filter((name) => name.startsWith('.')),
      );
      assert.deepEqual(drafts, []);
      assert.ok(!existsSync(lock));
      home.remove();
    }
    assert.ok(interrupted >= 2, `only ${interrupted} were interrupted`);
  }).timeout(30_000 + kills * 30_000);
});

/** So many plugins are installed, and every file of theirs is as it was signed. */
function expectWhole({ dataDir }: InstallHome, count: number): void {
  assert.equal(Object.keys(readInstalled(dataDir).plugins).length, count);
  assert.deepEqual(
    verifyInstalled(dataDir).filter(({ problem }) => problem !== undefined),
    [],
  );
}
