import {
  storageErrors as errors,
  type AppliedMigration,
  type MigrationLedger,
  type MigrationScope,
} from '@agent-factory/sdk/contracts';
import { translate } from './driver-errors.ts';
import { underMigrationLock } from './migration-lock.ts';
import { runSteps, runText } from './migration-texts.ts';
import { ledgerTable } from './own-schema.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { failed, type MigrationContext } from './postgres-migrations.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { expandTenantMacros } from './tenant-tables.ts';

interface LedgerRow {
  readonly plugin: string;
  readonly scope: MigrationScope;
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: string;
  readonly down: string;
}

/** Creates the ledger of what was applied. */
export function createPostgresLedger({ pool }: MigrationContext): MigrationLedger {
  return {
    applied: () =>
      pool.use(async ({ client }) => {
        try {
          const { rows } = await client.query<LedgerRow>(
            `SELECT * FROM ${ledgerTable} ORDER BY plugin, scope, version`,
          );
          return rows.map(asApplied);
        } catch (error) {
          throw translate(error, pool.place);
        }
      }),
    async rollback(plugin, { scope, to }) {
      const undone: AppliedMigration[] = [];
      try {
        await pool.use(async (connection) => {
          connection.retire();
          for (;;) {
            const one = await undoNewest(pool, connection, { plugin, scope }, to);
            if (one === undefined) break;
            undone.push(one);
          }
        });
      } catch (error) {
        throw translate(error, pool.place);
      } finally {
        if (undone.length > 0) pool.schemaChanged();
      }
      if (undone.length === 0) throw errors.AF_STORAGE_MIGRATION_NONE({ plugin, to });
      return undone;
    },
  };
}

async function newest(
  { client }: PostgresConnection,
  { plugin, scope }: { readonly plugin: string; readonly scope: MigrationScope },
  to: number,
): Promise<LedgerRow | undefined> {
  const { rows } = await client.query<LedgerRow>(
    `SELECT * FROM ${ledgerTable} WHERE plugin = $1 AND scope = $2 AND version > $3 ORDER BY version DESC LIMIT 1`,
    [plugin, scope, to],
  );
  return rows[0];
}

/** Undoes one migration, by the way down that was stored with it. */
async function undoNewest(
  pool: ConnectionPool,
  connection: PostgresConnection,
  place: { readonly plugin: string; readonly scope: MigrationScope },
  to: number,
): Promise<AppliedMigration | undefined> {
  const { client } = connection;
  const { plugin, scope } = place;
  const outside = /^\s*--\s*no-transaction\b/.test((await newest(connection, place, to))?.down ?? '');
  return underMigrationLock(pool, connection, !outside, async () => {
    const row = await newest(connection, place, to);
    if (row === undefined) return undefined;
    const { version, name, down } = row;
    const text = scope === 'tenant' ? expandTenantMacros(down) : down;
    try {
      await (outside ? runSteps : runText)(client, text, scope);
    } catch (error) {
      throw failed(error, pool, { plugin, version, name });
    }
    await client.query(`DELETE FROM ${ledgerTable} WHERE plugin = $1 AND scope = $2 AND version = $3`, [
      plugin,
      scope,
      version,
    ]);
    return asApplied(row);
  });
}

function asApplied({ plugin, scope, version, name, checksum, applied_at }: LedgerRow): AppliedMigration {
  return { plugin, scope, version, name, checksum, appliedAt: Number(applied_at) };
}

/** Fails with AF_STORAGE_LEDGER_INVALID where a plugin's numbers in the ledger have a gap. */
export async function checkLedger(pool: ConnectionPool): Promise<void> {
  const gaps = await pool.use(async ({ client }) => {
    try {
      const { rows } = await client.query<{ plugin: string; version: number }>(
        `SELECT plugin, place::int AS version FROM (SELECT plugin, version,
          row_number() OVER (PARTITION BY plugin, scope ORDER BY version) AS place FROM ${ledgerTable}) numbered
        WHERE version <> place ORDER BY plugin, version LIMIT 1`,
      );
      return rows;
    } catch (error) {
      throw translate(error, pool.place);
    }
  });
  for (const { plugin, version } of gaps)
    throw errors.AF_STORAGE_LEDGER_INVALID({ database: pool.place.server, plugin, version });
}
