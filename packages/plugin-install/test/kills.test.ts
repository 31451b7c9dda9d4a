import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { placesIn, readInstalled, verifyInstalled } from '@agent-factory/plugin-install';
import { installSuite, weather } from './support/install-suite.ts';
import { makePlugin } from './support/make-plugin.ts';

const child = join(import.meta.dirname, 'support/install-child.ts');
const kills = 5;

describe('an install that is killed', () => {
  const suite = installSuite();

  it(`at any of ${kills} moments leaves what was installed, and the next one goes through`, async () => {
    const { registry, home } = suite;
    await home.add([weather]);
    const many = Array.from({ length: 6 }, (_, n) => `@acme/plugin-many-${'abcdef'[n]}`);
    for (const name of many)
      registry.publish(
        await makePlugin({ name, files: { 'data.json': JSON.stringify('x'.repeat(300_000)) } }),
      );
    const before = home.state();
    let interrupted = 0;
    for (let round = 0; round < kills; round++) {
      const seen = registry.asked.length;
      const started = spawn(
        process.execPath,
        ['--conditions=@agent-factory/source', child, home.dataDir, registry.url, ...many],
        { stdio: 'ignore' },
      );
      const ended = once(started, 'exit');
      // Later each time: counted in what it has asked for, so that it does not hang on how fast the machine is.
      const asks = 4 + round * 4;
      while (registry.asked.length - seen < asks && started.exitCode === null)
        await new Promise((next) => setTimeout(next, 2));
      started.kill('SIGKILL');
      await ended;
      if (home.state() !== before) break; // it was done: nothing left to interrupt
      interrupted += 1;
      assert.deepEqual(suite.versions(), ['weather 1.0.0']);
      assert.deepEqual(
        verifyInstalled(home.dataDir).map(({ problem }) => problem),
        [undefined],
      );
    }
    assert.ok(interrupted >= 2, `only ${interrupted} were interrupted`);
    if (home.state() === before) await home.add(many);
    assert.equal(Object.keys(readInstalled(home.dataDir).plugins).length, 7);
    assert.deepEqual(
      verifyInstalled(home.dataDir).filter(({ problem }) => problem !== undefined),
      [],
    );
    const { packages } = placesIn(home.dataDir);
    const drafts = readdirSync(packages).flatMap((id) =>
      readdirSync(join(packages, id)).filter((name) => name.startsWith('.')),
    );
    assert.deepEqual(drafts, []);
    assert.ok(!existsSync(placesIn(home.dataDir).lock));
  }).timeout(180_000);
});
