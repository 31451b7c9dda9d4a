import { fileURLToPath } from 'node:url';
import { freshDatabase, type FreshPostgres } from './fresh-postgres.ts';
import { postgresAnswers } from './postgres-answers.ts';
import { freePort, runServer, serverFolder } from './test-server.ts';

const owner = 'af_test';

/**
 * An empty PostgreSQL that has pgvector, which the superuser may create in it. It is compiled to WebAssembly,
 * comes from npm, and has one session that all connections share, so that nothing in it runs side by side. With
 * TEST_PGVECTOR_URL, a superuser's, a database of that server instead.
 */
export async function freshPgvector(): Promise<FreshPostgres> {
  const given = process.env['TEST_PGVECTOR_URL'];
  if (given) return freshDatabase(given);
  const port = await freePort();
  const urlOf = (user: string): string => `postgres://${user}@127.0.0.1:${port}/postgres`;
  const url = urlOf(owner);
  const folder = serverFolder('pgvector');
  const server = await runServer(folder, url, port, {
    file: process.execPath,
    args: [fileURLToPath(new URL('pgvector-server.mjs', import.meta.url)), String(port), owner],
    spawn: { cwd: folder },
    patienceMs: 120_000, // it is compiled, and its database made, at each start
    ready: () => postgresAnswers(url),
  });
  return { url, superuserUrl: urlOf('postgres'), close: () => server.stop() };
}
