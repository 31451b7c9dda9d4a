import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** How Redis is started. */
export interface RedisBinary {
  readonly file: string;
  /** What its environment needs. */
  readonly env: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const home = join(fileURLToPath(new URL('../../..', import.meta.url)), '.tools/redis');

/**
 * Where `redis-server` is: TEST_REDIS_BIN, else on the PATH, else Debian's packages, downloaded once into `.tools` and
 * unpacked there; neither needs to be root. Fails with what to do where none can be had.
 */
export async function redisBinary(): Promise<RedisBinary> {
  const given = process.env['TEST_REDIS_BIN'] ?? onPath('redis-server');
  if (given) return { file: given, env: {} };
  if (!existsSync(home)) await download();
  return unpacked(home);
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function unpacked(folder: string): RedisBinary {
  const libraries = readdirSync(join(folder, 'usr/lib'), { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.includes('.so'))
    .map(({ parentPath }) => parentPath);
  const file = join(folder, 'usr/bin/redis-server');
  return { file, env: { LD_LIBRARY_PATH: [...new Set(libraries)].join(delimiter) } };
}

/** Fetches what `apt-get install redis-server` would, into a folder that appears only when it is whole. */
async function download(): Promise<void> {
  const lock = `${home}.lock`;
  mkdirSync(dirname(home), { recursive: true });
  for (const end = Date.now() + 180_000; ; await sleep(200)) {
    if (existsSync(home)) return;
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (Date.now() > end)
        throw new Error(`${lock} is in the way; remove it and try again.`, { cause: error });
    }
  }
  const work = `${home}.${process.pid}`;
  try {
    rmSync(work, { recursive: true, force: true });
    for (const folder of ['lists/partial', 'cache/archives/partial', 'root'])
      mkdirSync(join(work, folder), { recursive: true });
    const options = [
      `Dir::State::lists=${work}/lists`,
      `Dir::Cache=${work}/cache`,
      'APT::Sandbox::User=',
      'Debug::NoLocking=1',
      'Acquire::Languages=none',
    ].flatMap((option) => ['-o', option]);
    const apt = async (...args: string[]): Promise<string> =>
      (await run('apt-get', ['-qq', ...options, ...args], { cwd: work, maxBuffer: 2 ** 26 })).stdout;
    await apt('update');
    const uris = await apt('install', '--print-uris', '--yes', '--no-install-recommends', 'redis-server');
    const packages = [...uris.matchAll(/^'\S+' ([^\s_]+)_/gm)].map(([, name = '']) => name);
    await apt('download', ...packages);
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb')))
      await run('dpkg', ['-x', join(work, file), join(work, 'root')]);
    const { file, env } = unpacked(join(work, 'root'));
    await run(file, ['--version'], { env: { ...process.env, ...env } });
    renameSync(join(work, 'root'), home);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
    throw new Error(
      `There is no redis-server on this machine, and Debian's could not be fetched (${reason}). ` +
        'Install one (Debian: apt-get install redis-server; macOS: brew install redis), or name its file in TEST_REDIS_BIN.',
      { cause: error },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(lock, { recursive: true, force: true });
  }
}
