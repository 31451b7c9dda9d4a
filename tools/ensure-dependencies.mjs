import { join } from 'node:path';
import { installedAsLocked } from './installed-as-locked.mjs';
import { npm } from './npm.mjs';
import { root, toolsHome } from './paths.mjs';
import { timed } from './report.mjs';
import { withLock } from './with-lock.mjs';

/**
 * Installs what package-lock.json names unless node_modules holds it already.
 * No package's install script is run: none is needed (docs/adr/0003-toolchain.md).
 *
 * @param {string} node the Node to run npm with
 * @returns {Promise<void>}
 */
export async function ensureDependencies(node) {
  if (installedAsLocked(root)) return;
  await withLock(join(toolsHome, 'dependencies.lock'), async () => {
    if (installedAsLocked(root)) return;
    await timed('Installing dependencies from package-lock.json', () =>
      npm(node, ['ci', '--ignore-scripts'], root),
    );
  });
}
