import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresAnswers } from './postgres-answers.ts';
import { isRoot, postgresBinaries, unprivileged } from './postgres-binaries.ts';
import { freePort, runServer, serverFolder, type TestServer } from './test-server.ts';

/** How a PostgreSQL is started. */
export interface PostgresOptions {
  /** Settings as in postgresql.conf, over those for a test. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Process with which the server ends. Default: this one. */
  readonly keeper?: number;
}

const run = promisify(execFile);

/** Starts a PostgreSQL of its own; `url` is its superuser's. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestServer> {
  const home = postgresBinaries();
  const folder = serverFolder('postgres');
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) for (const each of [folder, data]) chownSync(each, unprivileged.uid, unprivileged.gid);
  const as = { cwd: folder, ...(isRoot && unprivileged), env: { ...process.env, LC_ALL: 'C', HOME: folder } };
  const args = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await run(join(home, 'bin/initdb'), args, as);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: '200',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return runServer(
    folder,
    url,
    port,
    {
      file: join(home, 'bin/postgres'),
      args: ['-D', data, '-p', String(port), ...flags],
      spawn: as,
      ready: () => postgresAnswers(url),
    },
    options.keeper,
  );
}
