import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNewEnough, minimumMajor, nodePackageFor } from './node-packages.mjs';
import { npm } from './npm.mjs';
import { root, toolsHome } from './paths.mjs';
import { SetupError, say, timed } from './report.mjs';
import { withLock } from './with-lock.mjs';

const installItself = `Install Node ${minimumMajor} or newer yourself (https://nodejs.org) and run the command again.`;

/**
 * The Node that runs the sources: this process's own where it is new enough, else the one locked in
 * tools/node, installed once from the npm registry without running any script.
 *
 * @returns {Promise<string>} the path of the executable
 */
export async function ensureNode() {
  if (isNewEnough(process.version)) return process.execPath;

  const source = join(root, 'tools/node');
  const { packages } = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8'));
  const wanted = nodePackageFor(packages, process.platform, process.arch);
  if (!wanted) {
    throw new SetupError(
      `This is Node ${process.version}, and no Node ${minimumMajor} package is known for ${process.platform}-${process.arch}.`,
      installItself,
    );
  }

  const home = join(toolsHome, `node-${wanted.version}`);
  const executable = join(home, wanted.bin);
  const ready = join(home, '.ready');
  if (existsSync(ready)) return executable;

  await withLock(join(toolsHome, 'node.lock'), async () => {
    if (existsSync(ready)) return;
    say(`This is Node ${process.version}; the sources need ${minimumMajor} or newer.`);
    await timed(`Installing Node ${wanted.version} into .tools (once)`, async () => {
      rmSync(home, { recursive: true, force: true });
      mkdirSync(home, { recursive: true });
      cpSync(source, home, { recursive: true });
      await npm(process.execPath, ['ci', '--ignore-scripts'], home);
    });
    check(executable, wanted.version);
    writeFileSync(ready, '');
  });
  return executable;
}

/**
 * @param {string} executable
 * @param {string} version
 */
function check(executable, version) {
  try {
    if (execFileSync(executable, ['--version'], { encoding: 'utf8' }).trim() === `v${version}`) return;
  } catch {
    // Falls through: a binary that does not start (another C library, say) is as good as none.
  }
  throw new SetupError(
    `The Node ${version} from the npm registry does not run on this machine.`,
    installItself,
  );
}
