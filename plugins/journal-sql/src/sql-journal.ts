import { AsyncLocalStorage } from 'node:async_hooks';
import {
  defaultTenant,
  readMigrations,
  type Journal,
  type Signals,
  type TenantAnalytics,
  type TenantStorage,
  createUseTenant,
} from '@agent-factory/sdk/contracts';
import { createAbandonedRuns } from './abandoned-runs.ts';
import { createAppendWriter } from './append-writer.ts';
import { createChainHeads } from './chain-heads.ts';
import type { JournalDurability } from './config.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import type { PreparedAppend } from './prepared-append.ts';
import { createRunFollowers } from './run-followers.ts';
import { renewLeases } from './run-leases.ts';
import { createRunSignals } from './run-signals.ts';
import { createTenantJournal, type JournalParts } from './tenant-journal.ts';

/** A journal that can be closed. */
export interface SqlJournal extends Journal {
  /** Ends every `follow`, refuses new events, and resolves when those on their way are written. */
  close(): Promise<void>;
}

/** What the journal stands on, and how it is set up. */
export interface SqlJournalOptions {
  readonly tenants: TenantStorage;
  readonly analytics: TenantAnalytics;
  /** Without them, events of other processes are found by looking alone. */
  readonly signals?: Signals | undefined;
  /** Milliseconds between looks for events of other processes; 0 never looks. */
  readonly pollMs: number;
  readonly durability?: JournalDurability | undefined;
}

/** Where the journal's tables are described. */
const migrationsFolder: URL = new URL('../migrations', import.meta.url);

/** Keeps one transaction, which holds up everything else in a process with SQLite, to a few milliseconds. */
const mostTogether = 256;
/** A second transaction keeps a server at work while the first waits for its disk. SQLite has one writer. */
const lanesOf = { sqlite: 1, postgres: 2 } as const;
/** With signals a look is only a safeguard. */
const seldom = 10;

/** Creates the journal, and its tables where they are missing. */
export async function createSqlJournal(options: SqlJournalOptions): Promise<SqlJournal> {
  const { tenants, analytics, signals, pollMs, durability } = options;
  const { dialect } = await tenants.tenant(defaultTenant);
  await tenants.migrate('journal-sql', readMigrations(migrationsFolder, dialect, 'tenant'));

  const useTenant = createUseTenant(tenants);
  const followers = createRunFollowers(useTenant, signals === undefined ? pollMs : pollMs * seldom);
  const abandoned = createAbandonedRuns(useTenant, analytics, dialect);
  const commits = new Map<string, GroupCommit<PreparedAppend>>();
  const heads = createChainHeads();
  const outside = AsyncLocalStorage.snapshot();
  let closed = false;

  const sent =
    signals &&
    createRunSignals(signals, {
      written(run) {
        abandoned.touched(run.tenant);
        followers.wake(run);
      },
      missed: () => followers.wakeAll(),
    });

  const commitsOf = (tenant: string): GroupCommit<PreparedAppend> => {
    const known = commits.get(tenant);
    if (known !== undefined) return known;
    const sql = durability && (durability === 'os-buffered' ? 'os-buffered' : 'fsync');
    const write = createAppendWriter({ useTenant, heads, durability: sql }, tenant);
    const lanes = lanesOf[dialect];
    const most = durability === 'fsync-each' ? 1 : mostTogether;
    const made = createGroupCommit(write, {
      most,
      lanes,
      keyOf: ({ runId }) => runId,
      outside,
      onIdle: () => commits.delete(tenant),
    });
    commits.set(tenant, made);
    return made;
  };

  const parts: JournalParts = {
    useTenant,
    followers,
    add: (tenant, append) => commitsOf(tenant).add(append),
    heads,
    written(run) {
      followers.wake(run);
      sent?.written(run);
    },
    touched: (tenant) => abandoned.touched(tenant),
    get closed() {
      return closed;
    },
  };

  return {
    tenant: (id) => createTenantJournal(parts, id),
    renew: (leases) => renewLeases(useTenant, leases),
    abandoned: ({ limit = 100 } = {}) => abandoned.find(limit),
    async close() {
      closed = true;
      followers.close();
      await Promise.all(Array.from(commits.values(), (commit) => commit.drain()));
      await sent?.close();
    },
  };
}
