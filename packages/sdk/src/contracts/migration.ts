import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineContract, type SingleContract } from '../contract.ts';
import { storageErrors } from './storage-errors.ts';
import type { SqlDialect } from './storage.ts';

/**
 * One step of a plugin's schema; append-only, never edited once released.
 *
 * A newer schema must still serve the version of the plugin before it (expand first, contract in a later release),
 * so that a plugin that is rolled back still runs: add columns with defaults, never rename or drop what the version
 * before reads.
 */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  /** For people: `create-runs`. */
  readonly name: string;
  /** Statements, separated by `;`, that bring the schema forward. */
  readonly up: string;
  /** Statements that undo `up`. */
  readonly down: string;
  /**
   * Whether it runs in one transaction. Default true. False is for statements an engine refuses inside one
   * (`CREATE INDEX CONCURRENTLY`); each must then be safe to run again, because a crash may come between them.
   */
  readonly transactional?: boolean;
}

/** Where a plugin's tables lie: with the platform, or with each tenant. */
export type MigrationScope = 'platform' | 'tenant';

const fileName = /^(\d{4})-([a-z0-9-]+?)(\.down)?(?:\.(sqlite|postgres))?\.sql$/;

/**
 * Reads a plugin's migrations: in `folder` those of the platform's tables, in `folder/tenant` those of each tenant's.
 * `0001-create-runs.sql` brings the schema forward and `0001-create-runs.down.sql` undoes it; a file of the same name
 * with the dialect before `.sql` (`0001-create-runs.postgres.sql`, `0001-create-runs.down.sqlite.sql`) takes its place
 * on that engine. A first line `-- no-transaction` sets {@link Migration.transactional} to false. A folder that is not
 * there holds none. Throws AF_STORAGE_MIGRATION_FILE for a file that does not fit.
 *
 * In a tenant's migrations, `{{tenant.column}}` stands before the first column and `{{tenant.key}}` before the columns
 * of each key: on PostgreSQL they add the tenant's column, on SQLite, where each tenant has a file, nothing.
 *
 * @example
 * ```ts
 * declare const storage: Storage;
 * const migrations = readMigrations(new URL('../migrations', import.meta.url), storage.dialect, 'platform');
 * await storage.migrate('my-plugin', migrations);
 * ```
 */
export function readMigrations(
  folder: URL | string,
  dialect: SqlDialect,
  scope: MigrationScope,
): readonly Migration[] {
  const root = typeof folder === 'string' ? folder : fileURLToPath(folder);
  const place = scope === 'tenant' ? `${root}/tenant` : root;
  const texts = new Map<string, { own: boolean; text: string }>();
  const names = new Map<number, string>();
  for (const file of sqlFiles(place)) {
    const [, digits = '', name = '', down = '', only] = fileName.exec(file) ?? [];
    const version = Number(digits);
    const known = names.get(version) ?? name;
    if (digits === '' || known !== name) {
      const reason = digits === '' ? 'its name is not like 0001-what-it-does.sql' : `${known} has its number`;
      throw storageErrors.AF_STORAGE_MIGRATION_FILE({ file: `${place}/${file}`, reason });
    }
    names.set(version, name);
    if (only !== undefined && only !== dialect) continue;
    const key = `${version}${down}`;
    if (texts.get(key)?.own) continue;
    texts.set(key, { own: only === dialect, text: readFileSync(`${place}/${file}`, 'utf8') });
  }
  return [...names]
    .sort(([a], [b]) => a - b)
    .map(([version, name]) => {
      const up = texts.get(`${version}`)?.text;
      const down = texts.get(`${version}.down`)?.text;
      if (up === undefined || down === undefined) {
        const missing = up === undefined ? 'forward' : 'back';
        const file = `${place}/${String(version).padStart(4, '0')}-${name}.sql`;
        throw storageErrors.AF_STORAGE_MIGRATION_FILE({
          file,
          reason: `the way ${missing} is missing on ${dialect}`,
        });
      }
      const transactional = !/^\s*--\s*no-transaction\b/.test(up);
      return { version, name, up, down, ...(!transactional && { transactional }) };
    });
}

function sqlFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** A migration as the database remembers it. */
export interface AppliedMigration {
  readonly plugin: string;
  readonly scope: MigrationScope;
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the texts up and down as applied, hex. */
  readonly checksum: string;
  /** Milliseconds since the epoch. */
  readonly appliedAt: number;
}

/** What was applied, and the way back; for operators. Plugins use `Storage.migrate` and `TenantStorage.migrate`. */
export interface MigrationLedger {
  /** Everything applied, by plugin, scope and version. A tenant migration is applied when every tenant has it. */
  applied(): Promise<readonly AppliedMigration[]>;
  /**
   * Undoes a plugin's migrations above version `to` (0 undoes all), the newest first, each in a transaction, with the
   * way down that was stored when it was applied; so it works for a plugin that is no longer installed. Returns what
   * was undone. Data in what is dropped is lost.
   */
  rollback(
    plugin: string,
    options: { readonly scope: MigrationScope; readonly to: number },
  ): Promise<readonly AppliedMigration[]>;
}

/** Token of {@link MigrationLedger}. */
export const MigrationLedger: SingleContract<MigrationLedger> = defineContract<MigrationLedger>({
  id: 'migration-ledger',
  version: '1.0.0',
  description: 'Which migrations were applied, and the way back.',
});
