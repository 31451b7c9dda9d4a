import { storageErrors as errors, type MigrationLedger } from '@agent-factory/sdk/contracts';
import { translate } from './driver-errors.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { readEntries, toApplied } from './sqlite-ledger.ts';
import { undoEntries } from './sqlite-migrations.ts';
import type { SqliteTenants } from './sqlite-tenant-storage.ts';

/** The ledger in the platform's file, and those in the tenants' files. */
export function createSqliteMigrationLedger(
  platform: SqliteConnection,
  tenants: Pick<SqliteTenants, 'undo'>,
): MigrationLedger {
  const { database, turnstile, busyTimeoutMs } = platform;
  return {
    applied() {
      return turnstile.pass(() => {
        const all = [...readEntries(database, 'platform'), ...readEntries(database, 'tenant')];
        return all
          .filter(({ state }) => state === 'applied')
          .sort((a, b) => Number(a.plugin > b.plugin) - Number(a.plugin < b.plugin)) // the rest is in order
          .map(toApplied);
      }, busyTimeoutMs);
    },
    async rollback(plugin, { scope, to }) {
      try {
        const undone =
          scope === 'platform'
            ? await undoEntries(platform, { plugin, scope }, to)
            : await tenants.undo(plugin, to);
        if (undone.length === 0) throw errors.AF_STORAGE_MIGRATION_NONE({ plugin, to });
        return undone.map(toApplied);
      } catch (error) {
        throw translate(error, platform.file, `rollback of ${plugin}`);
      }
    },
  };
}
