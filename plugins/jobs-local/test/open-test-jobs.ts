import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Lease, PlatformRole } from '@agent-factory/sdk';
import { readMigrations, Signals, Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type JobsFixture, type JobsProcess, silentLog } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import type { LocalJobsConfig } from '../src/config.ts';
import { openLocalJobs, type LocalJobs } from '../src/local-jobs.ts';

const plugins = dirname(dirname(import.meta.dirname));
const migrations = new URL('../migrations', import.meta.url);

/** Which database a back end lies in. */
export type Engine = 'sqlite' | 'postgres';

/** Short times, so that tests need not wait for long. */
export const quickTimes: LocalJobsConfig = {
  leaseMs: 600,
  heartbeatMs: 100,
  pollMs: 50,
  keepMs: 3_600_000,
  keepDeadMs: 3_600_000,
};

/** A generation that never ends. */
export function openLease(): Lease {
  return {
    generation: 'test',
    signal: new AbortController().signal,
    run: (work) => work(),
    release() {},
  };
}

/** A process of a test, with what it stands on. */
export interface TestProcess extends JobsProcess {
  readonly engine: LocalJobs;
  close(): Promise<void>;
}

/** How a test opens a process. */
interface TestProcessOptions {
  readonly role?: PlatformRole;
  readonly silent?: boolean;
  readonly config?: Partial<LocalJobsConfig>;
  readonly lease?: () => Lease;
  readonly storage?: (storage: Storage) => Storage;
}

/** An empty database for some processes. */
export interface TestJobs extends JobsFixture {
  readonly dataDir: string;
  open(options?: TestProcessOptions): Promise<TestProcess>;
}

/** Opens an empty database of an engine. */
export async function openTestJobs(engine: Engine): Promise<TestJobs> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-jobs-'));
  const server = engine === 'postgres' ? await freshPostgres() : undefined;
  const opened: (() => Promise<void>)[] = [];
  const open = async (options: TestProcessOptions = {}): Promise<TestProcess> => {
    const config = server && { url: server.url };
    const kernel = await bootTestKernel({
      plugins: [{ use: join(plugins, `storage-${engine}`), ...(config && { config }) }],
      dataDir,
    });
    opened.push(() => kernel.close());
    const storage = kernel.use(Storage);
    await storage.migrate('jobs-local', readMigrations(migrations, storage.dialect, 'platform'));
    const { role = 'all', silent = false, lease = openLease } = options;
    const seen = silent ? cutOff(storage) : (options.storage?.(storage) ?? storage);
    const local = await openLocalJobs({
      storage: seen,
      ...(server && { signals: kernel.use(Signals) }),
      config: { ...quickTimes, ...options.config },
      log: silentLog,
      role,
      lease,
    });
    const close = (): Promise<void> => local.close(200);
    opened.push(close);
    return {
      jobs: local.jobs,
      control: local.control,
      schedules: local.schedules,
      erase: (tenant) => local.eraser.erase(tenant),
      storage,
      engine: local,
      close,
    };
  };
  return {
    dataDir,
    open,
    async close() {
      for (const close of opened.toReversed()) await close();
      await server?.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The storage of a process whose reports do not come through. */
function cutOff(storage: Storage): Storage {
  const isReport = (sql: string): boolean => sql.includes('SET lease_until =');
  return {
    ...storage,
    query: (sql, params) =>
      isReport(sql) ? Promise.reject(new Error('cut off')) : storage.query(sql, params),
    batch: (statements, options) =>
      statements.some(({ sql }) => isReport(sql))
        ? Promise.reject(new Error('cut off'))
        : storage.batch(statements, options),
  };
}
