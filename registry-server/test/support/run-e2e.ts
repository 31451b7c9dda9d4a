// npm run registry:e2e [part…]: what takes too long for every run of the tests. All clients do everything, the suite of
// Verdaccio runs in full, and the registry and installs are killed during a thousand publishes. Parts: clients,
// pnpm-and-yarn, verdaccio-e2e, kills. Without any, all.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const peers = join(import.meta.dirname, '../peers');
const parts = ['clients', 'pnpm-and-yarn', 'verdaccio-e2e', 'kills'];
const given = process.argv.slice(2);
const named = given.filter((each) => parts.includes(each));
const tests = (named.length > 0 ? named : parts).map((name) =>
  join(root, `registry-server/test/${name}.test.ts`),
);

if (!existsSync(join(peers, 'node_modules'))) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: peers, stdio: 'inherit' });
  if (status !== 0) throw new Error('The clients could not be installed.');
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...tests, ...given.filter((each) => !parts.includes(each))],
  {
    cwd: root,
    stdio: 'inherit',
    env: { AF_REGISTRY_KILL_PUBLISHES: '1000', ...process.env, AF_REGISTRY_E2E: '1' },
  },
);
process.exitCode = status ?? 1;
