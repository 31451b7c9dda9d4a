// npm run registry:e2e [part…]: what takes too long for every run of the tests. All clients do everything, the suite of
// Verdaccio runs in full, and the registry and installs are killed during a thousand publishes. Parts: clients,
// logins, pnpm-and-yarn, verdaccio-e2e, kills, install-kills. Without any, all.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const peers = join(import.meta.dirname, '../peers');
const parts: Readonly<Record<string, string>> = {
  clients: 'registry-server/test/clients.test.ts',
  logins: 'registry-server/test/logins.test.ts',
  'pnpm-and-yarn': 'registry-server/test/pnpm-and-yarn.test.ts',
  'verdaccio-e2e': 'registry-server/test/verdaccio-e2e.test.ts',
  kills: 'registry-server/test/kills.test.ts',
  'install-kills': 'packages/plugin-install/test/kills.test.ts',
};
const given = process.argv.slice(2);
const named = given.filter((each) => Object.hasOwn(parts, each));
const tests = Object.entries(parts).flatMap(([name, file]) =>
  named.length === 0 || named.includes(name) ? [join(root, file)] : [],
);

if (!existsSync(join(peers, 'node_modules'))) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: peers, stdio: 'inherit' });
  if (status !== 0) throw new Error('The clients could not be installed.');
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...tests, ...given.filter((each) => !named.includes(each))],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      AF_REGISTRY_KILL_PUBLISHES: '1000',
      AF_INSTALL_KILLS: '100',
      ...process.env,
      AF_REGISTRY_E2E: '1',
    },
  },
);
process.exitCode = status ?? 1;
