// npm run registry:e2e: what takes too long for every run of the tests. All clients do everything, and the registry is
// killed during a thousand publishes.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const tests = ['clients', 'kills'].map((name) => join(root, `registry-server/test/${name}.test.ts`));
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...tests, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { AF_REGISTRY_KILL_PUBLISHES: '1000', ...process.env, AF_REGISTRY_E2E: '1' },
  },
);
process.exitCode = status ?? 1;
