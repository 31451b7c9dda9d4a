import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import { withDefaults, type RegistryOptions } from '../config.ts';
import { errors } from '../errors.ts';
import { refreshAll } from '../protocol/refresh-all.ts';
import { deleteExpired } from '../store/accounts.ts';
import { createDiskBlobs } from '../store/disk-blobs.ts';
import { migrate } from '../store/migrate.ts';
import { createS3Blobs } from '../store/s3-blobs.ts';
import { createSmallBlobs } from '../store/small-blobs.ts';
import type { SqlDatabase } from '../store/sql.ts';
import { openSqlite } from '../store/sqlite-database.ts';
import { blockList } from '../trust/block-list.ts';
import { openKeyFolder } from '../trust/key-folder.ts';
import { createPublisherProofs } from '../trust/publisher-proof.ts';
import { openRegistryKeys } from '../trust/registry-keys.ts';
import { createScanner } from '../trust/scanner.ts';
import { openTufRepository } from '../trust/tuf-repository.ts';
import { createDownloadCounts } from './download-counts.ts';
import { createExpressApp } from './express-app.ts';
import { createFastPath } from './fast-path.ts';
import { nowOf, type Registry } from './registry.ts';
import { allRoutes } from './routes.ts';
import { createUplinks } from './uplinks.ts';
import { createWebhookSender } from './webhook-sender.ts';
import { writeError } from './write-reply.ts';

const upkeepMs = 10 * 60_000;
const countsMs = 30_000;

/** A registry that answers requests. */
export interface OpenRegistry {
  /** Address by which clients reach it, without a slash at the end. */
  readonly url: string;
  /** Port it listens on. */
  readonly port: number;
  readonly registry: Registry;
  /** Ends requests under way within a second, writes down what is in memory, and closes everything. */
  close(): Promise<void>;
}

/** Opens a registry: its stores, its keys, its server. */
export async function openRegistry(options: RegistryOptions = {}): Promise<OpenRegistry> {
  const settings = withDefaults(options);
  const folder = resolve(settings.dataDir);
  mkdirSync(folder, { recursive: true });
  const server = createServer({
    keepAliveTimeout: 60_000,
    requestTimeout: 300_000,
    headersTimeout: 20_000,
    // A request without a body is spared the life of a stream.
    optimizeEmptyRequests: true,
  });
  const database = await openDatabase(settings.databaseUrl, folder);
  try {
    await migrate(database);
    const keyFolder = openKeyFolder(join(folder, 'keys'));
    const keys = await openRegistryKeys(database, keyFolder, settings.now);
    const tuf = await openTufRepository(database, keyFolder, settings);
    const port = await listen(server, settings.host, settings.port);
    const url = (settings.url ?? `http://${shownHost(settings.host)}:${port}`).replace(/\/+$/, '');
    const large = settings.s3 ? createS3Blobs(settings.s3) : createDiskBlobs(join(folder, 'tarballs'));
    const blobs = createSmallBlobs(database, large);
    const registry: Registry = {
      settings,
      url,
      database,
      blobs,
      keys,
      tuf,
      scanner: createScanner(settings.scanner),
      downloads: createDownloadCounts(database, settings.now),
      proofs: createPublisherProofs(settings.publisherProofs),
      uplinks: createUplinks({ settings, url, database, blobs }),
    };
    await refreshAll(registry);
    await upkeep(registry);
    serve(server, registry);
    const timers = [
      setInterval(() => void quietly(registry, upkeep(registry)), upkeepMs),
      setInterval(() => void quietly(registry, registry.downloads.flush()), countsMs),
      everyRound(registry),
    ];
    return { url, port, registry, close: () => close(server, registry, timers) };
  } catch (error) {
    server.close();
    await database.close();
    throw error;
  }
}

async function openDatabase(url: string | undefined, folder: string): Promise<SqlDatabase> {
  if (url === undefined) return openSqlite(join(folder, 'registry.db'));
  if (!/^postgres(ql)?:\/\//.test(url))
    throw errors.AF_REGISTRY_OPTIONS({
      reason: 'the address of the database does not begin with postgres://',
    });
  // Most registries never need the driver.
  const { openPostgres } = await import('../store/postgres-database.ts');
  return openPostgres(url);
}

/** What must be done now and then: metadata signed anew, what has run out taken away. */
async function upkeep(registry: Registry): Promise<void> {
  await registry.tuf.refresh();
  await blockList(registry);
  await registry.database.write((sql) => deleteExpired(sql, nowOf(registry)));
}

/** Rounds of webhooks, never two at once. */
function everyRound(registry: Registry): NodeJS.Timeout {
  const sender = createWebhookSender(registry);
  let isSending = false;
  const round = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    await quietly(registry, sender.send());
    isSending = false;
  };
  return setInterval(() => void round(), registry.settings.webhookMs);
}

/** Work that nobody waits for; a failure is told, and the next round tries again. */
async function quietly({ settings }: Registry, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    settings.log.error('The upkeep failed.', {
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

function serve(server: Server, registry: Registry): void {
  const fast = createFastPath(registry);
  const app = createExpressApp(registry, allRoutes(registry));
  server.on('request', (request, response) => {
    try {
      const answered = fast(request, response);
      if (answered === false) app(request, response);
      if (answered instanceof Promise)
        answered.catch((error: unknown) => writeError(registry, request, response, error));
    } catch (error) {
      writeError(registry, request, response, error);
    }
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
  });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error) => fail(errors.AF_REGISTRY_LISTEN({ host, port, reason: error.message })));
    server.listen(port, host, () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** The name by which a listener on a loopback or any address is reached from the same machine. */
function shownHost(host: string): string {
  if (/^(127\.|0\.0\.0\.0$|::1?$)/.test(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

async function close(server: Server, registry: Registry, timers: readonly NodeJS.Timeout[]): Promise<void> {
  for (const timer of timers) clearInterval(timer);
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(cut);
  await quietly(registry, registry.downloads.flush());
  await registry.scanner.close();
  await registry.database.close();
}
