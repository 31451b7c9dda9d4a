import { randomUUID } from 'node:crypto';
import { isAgentFactoryError, type Logger, type Secret } from '@agent-factory/sdk';
import { jobsErrors, type Storage } from '@agent-factory/sdk/contracts';
import { PgBoss, type Db } from 'pg-boss';
import { errors } from './errors.ts';

/** The schema that pg-boss and this plugin own. */
export const schema = 'af_jobs_pgboss';

/** How pg-boss is started. */
export interface BossOptions {
  readonly url: Secret;
  readonly poolSize: number;
  readonly keepDays: number;
  readonly log: Logger;
}

/** A started pg-boss, and this plugin's own tables beside it. */
export interface BossLink {
  readonly boss: PgBoss;
  readonly server: string;
  query<Row extends object>(text: string, values?: readonly unknown[], db?: Db): Promise<readonly Row[]>;
  /** Runs `work` in one transaction on a connection of pg-boss. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Makes a queue known, once. */
  ensureQueue(name: string): Promise<void>;
  /** Calls `listener` with what processes tell each other; with `undefined` when something may have been missed. */
  listen(listener: (text: string | undefined) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** What is told of a PostgreSQL server, without credentials. */
function serverAddress(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || '5432'}${pathname}`;
  } catch {
    return 'an address that cannot be read';
  }
}

const ownTables = `
  SELECT pg_advisory_xact_lock(hashtext('${schema}.own_tables'));
  CREATE TABLE IF NOT EXISTS ${schema}.af_platform (id uuid PRIMARY KEY);
  INSERT INTO ${schema}.af_platform SELECT gen_random_uuid() WHERE NOT EXISTS (SELECT 1 FROM ${schema}.af_platform);
  CREATE TABLE IF NOT EXISTS ${schema}.af_queues (name text PRIMARY KEY, paused boolean NOT NULL);
  CREATE TABLE IF NOT EXISTS ${schema}.af_rates (
    queue text, tenant text, begun jsonb NOT NULL, PRIMARY KEY (queue, tenant));
  CREATE TABLE IF NOT EXISTS ${schema}.af_schedules (
    name text PRIMARY KEY, schedule text NOT NULL, next_at bigint NOT NULL);
  CREATE INDEX IF NOT EXISTS af_job_id ON ${schema}.job (id);
`;

/** Starts pg-boss and makes the tables. Throws AF_JOBS_UNAVAILABLE. */
export async function openBossLink({ url, poolSize, keepDays, log }: BossOptions): Promise<BossLink> {
  const connectionString = url.reveal();
  const server = serverAddress(connectionString);
  const fault = faultsOf(server, connectionString);
  const boss = new PgBoss({
    connectionString,
    schema,
    max: poolSize,
    connectionTimeoutMillis: 5000,
    application_name: 'agent-factory jobs',
    schedule: false,
    supervise: true,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    flowIntervalSeconds: 1,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  let told = '';
  boss.on('error', (error) => {
    const { message } = fault(error);
    if (message !== told) log.warn('pg-boss reports an error', { reason: message });
    told = message;
  });
  boss.on('warning', ({ message }) => log.debug('pg-boss warns', { reason: message }));
  const stop = (): Promise<void> => boss.stop({ graceful: false, close: true });
  try {
    await boss.start();
    const own = await begin(boss.getDb());
    await own.db.executeSql(ownTables).then(own.commit, async (error: unknown) => {
      await own.rollback();
      throw error;
    });
  } catch (error) {
    await stop().catch(() => {});
    throw unavailable(error, server, connectionString);
  }
  const db = boss.getDb();
  const queues = new Map<string, Promise<void>>();

  const query: BossLink['query'] = async <Row extends object>(
    text: string,
    values: readonly unknown[] = [],
    target: Db = db,
  ) => {
    try {
      // The caller names the shape of the rows its statement gives.
      return (await target.executeSql(text, [...values])).rows as Row[];
    } catch (error) {
      throw fault(error);
    }
  };

  return {
    boss,
    server,
    query,
    async transaction(work) {
      try {
        const { db: inside, commit, rollback } = await begin(db);
        let result;
        try {
          result = await work(inside);
        } catch (error) {
          await rollback();
          throw error;
        }
        await commit();
        return result;
      } catch (error) {
        throw fault(error);
      }
    },
    ensureQueue(name) {
      const known = queues.get(name);
      if (known) return known;
      const made = boss
        .createQueue(name, { policy: 'exclusive', deleteAfterSeconds: Math.ceil(keepDays * 86_400) })
        .catch((error: unknown) => {
          queues.delete(name);
          throw fault(error);
        });
      queues.set(name, made);
      return made;
    },
    async listen(listener) {
      const handle = await db.listen?.(schema, listener, () => listener(undefined));
      return async () => handle?.close();
    },
    close: stop,
  };
}

/** The transactions of pg-boss's own pool, which it always offers. */
async function begin(db: Db): Promise<NonNullable<Awaited<ReturnType<NonNullable<Db['beginTransaction']>>>>> {
  const handle = await db.beginTransaction?.();
  if (!handle) throw new Error('pg-boss offers no transactions');
  return handle;
}

/** Refuses a storage whose transactions could not carry jobs. Throws AF_JOBS_PGBOSS_STORAGE_APART. */
export async function checkSameDatabase(link: BossLink, storage: Storage): Promise<void> {
  const refuse = (reason: string): Error =>
    errors.AF_JOBS_PGBOSS_STORAGE_APART({ server: link.server, reason });
  if (storage.dialect !== 'postgres') throw refuse('the storage is not PostgreSQL');
  const text = `SELECT CAST(id AS text) AS id FROM ${schema}.af_platform`;
  const [here] = await link.query<{ id: string }>(text);
  try {
    const [there] = await storage.query<{ id: string }>(text);
    if (there?.id !== here?.id) throw refuse('the storage is another database');
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_JOBS_PGBOSS_STORAGE_APART')) throw error;
    throw refuse(
      `the storage cannot reach their tables (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
  }
}

const connectionFault = /^(?:ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN|08|57P0|53300|28|3D000)/;

/** Turns what the driver says about its connection into AF_JOBS_UNAVAILABLE; leaves all else. */
function faultsOf(server: string, url: string): (error: unknown) => Error {
  return (error) => {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    if (!(first instanceof Error)) return new Error(String(first));
    const code = 'code' in first ? String(first.code) : '';
    if (code.startsWith('AF_')) return first;
    if (connectionFault.test(code) || /connection|timeout exceeded|not opened/i.test(first.message))
      return unavailable(first, server, url);
    return first;
  };
}

function unavailable(error: unknown, server: string, url: string): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const text = first instanceof Error ? first.message || first.name : String(first);
  const password = decodeURIComponent(new URL(url).password) || randomUUID();
  const reason = text.replaceAll(url, '***').replaceAll(password, '***');
  return jobsErrors.AF_JOBS_UNAVAILABLE({ server, reason, plugin: 'jobs-pgboss' });
}
