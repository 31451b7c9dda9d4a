import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A program that Debian packages, and how it is found. */
export interface DebianProgram {
  readonly name: string;
  readonly debianPackage: string;
  /** Whether it needs what its package depends on. */
  readonly needsLibraries: boolean;
  /** Environment variable that names another file. */
  readonly variable: string;
  /** What to install on other systems than Debian: `brew install …`. */
  readonly otherwise: string;
}

/** How a program is started. */
export interface Program {
  readonly file: string;
  /** What its environment needs. */
  readonly env: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const tools = join(fileURLToPath(new URL('../../..', import.meta.url)), '.tools');
/** No network is waited for longer than this. */
const patienceMs = 120_000;

/**
 * Where a program is: as its variable says, else on the PATH, else in Debian's package, downloaded once into `.tools` and
 * unpacked there; neither needs to be root. Fails with what to do where it cannot be had.
 */
export async function debianProgram(program: DebianProgram): Promise<Program> {
  const given = process.env[program.variable] ?? onPath(program.name);
  if (given) return { file: given, env: {} };
  const home = join(tools, program.name);
  for (const lock = `${home}.lock`; !existsSync(home);) {
    if (!take(lock)) await sleep(200);
    else
      try {
        await download(program, home);
      } finally {
        rmSync(lock, { force: true });
      }
  }
  return unpacked(home, program);
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Whether a lock is this process's from now on; one whose owner was killed is there for the taking. */
function take(lock: string): boolean {
  mkdirSync(tools, { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // as process.kill throws them
  }
}

function unpacked(folder: string, { name, needsLibraries }: DebianProgram): Program {
  const file = join(folder, 'usr/bin', name);
  if (!needsLibraries) return { file, env: {} };
  const libraries = readdirSync(join(folder, 'usr/lib'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.includes('.so'))
    .map(({ parentPath }) => parentPath);
  return { file, env: { LD_LIBRARY_PATH: [...new Set(libraries)].join(delimiter) } };
}

/** Fetches what apt-get would install, into a folder that appears only when it is whole. */
async function download(program: DebianProgram, home: string): Promise<void> {
  const { name, debianPackage, needsLibraries } = program;
  const work = `${home}.${process.pid}`;
  try {
    const signal = AbortSignal.timeout(patienceMs);
    rmSync(work, { recursive: true, force: true });
    for (const folder of ['lists/partial', 'cache/archives/partial', 'root'])
      mkdirSync(join(work, folder), { recursive: true });
    const options = [
      `Dir::State::lists=${work}/lists`,
      `Dir::Cache=${work}/cache`,
      'APT::Sandbox::User=',
      'Debug::NoLocking=1',
      'Acquire::Languages=none',
      'Acquire::Retries=1',
    ].flatMap((option) => ['-o', option]);
    const apt = async (...args: string[]): Promise<string> =>
      (await run('apt-get', ['-qq', ...options, ...args], { cwd: work, maxBuffer: 2 ** 26, signal })).stdout;
    await apt('update');
    const packages = needsLibraries ? await withLibraries(debianPackage, apt) : [debianPackage];
    await apt('download', ...packages);
    for (const file of readdirSync(work).filter((each) => each.endsWith('.deb')))
      await run('dpkg-deb', ['-x', join(work, file), join(work, 'root')], { signal });
    const { file, env } = unpacked(join(work, 'root'), program);
    await run(file, ['--version'], { env: { ...process.env, ...env }, signal });
    renameSync(join(work, 'root'), home);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
    throw new Error(
      `There is no ${name} on this machine, and Debian's could not be fetched (${reason}). ` +
        `Install one (Debian: apt-get install ${debianPackage}; ${program.otherwise}), or name its file in ${program.variable}.`,
      { cause: error },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A package, and those of what it depends on that this machine lacks. */
async function withLibraries(
  debianPackage: string,
  apt: (...args: string[]) => Promise<string>,
): Promise<readonly string[]> {
  const uris = await apt('install', '--print-uris', '--yes', '--no-install-recommends', debianPackage);
  return [...uris.matchAll(/^'\S+' ([^\s_]+)_/gm)].map(([, name = '']) => name);
}
