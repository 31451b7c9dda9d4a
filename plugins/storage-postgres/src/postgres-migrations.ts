import { createHash } from 'node:crypto';
import { storageErrors as errors, type Migration, type MigrationScope } from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { reasonOf, translate } from './driver-errors.ts';
import { underMigrationLock } from './migration-lock.ts';
import { MigrationFault } from './migration-fault.ts';
import { runSteps, runText } from './migration-texts.ts';
import { ledgerTable } from './own-schema.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { platformDatabase } from './postgres-platform.ts';
import { refuseNested } from './run-outcome.ts';
import type { TenantRoles } from './tenant-roles.ts';
import { expandTenantMacros, grantTables } from './tenant-tables.ts';

/** What migrating needs to know besides the database. */
export interface MigrationContext {
  readonly pool: ConnectionPool;
  readonly roles: TenantRoles | undefined;
  /** Kept with each migration. */
  readonly kernelVersion: string;
}

/** A migration of one plugin and scope. */
export interface MigrationPlace {
  readonly plugin: string;
  readonly scope: MigrationScope;
}

/**
 * Applies each migration once, in order, locked against other processes. A ledger that knows more than `migrations` is
 * accepted: a newer version of the plugin may run beside.
 */
export async function migratePostgres(
  context: MigrationContext,
  place: MigrationPlace,
  migrations: readonly Migration[],
): Promise<void> {
  const { pool } = context;
  const { plugin } = place;
  refuseNested(pool, platformDatabase);
  const misplaced = migrations.findIndex(({ version }, index) => version !== index + 1);
  if (misplaced !== -1) {
    const found = migrations[misplaced]?.version ?? 'none';
    throw errors.AF_STORAGE_MIGRATION_ORDER({ plugin, place: misplaced + 1, found });
  }
  let applied = false;
  try {
    await pool.use(async (connection) => {
      const known = await checksums(connection, place); // without a lock, which is all a restart needs
      for (const migration of migrations)
        if (!isApplied(known, place, migration))
          try {
            applied = (await applyOnce(context, connection, place, migration)) || applied;
          } finally {
            connection.retire();
          }
    });
  } catch (error) {
    throw translate(error, { ...pool.place, sql: `migrations of ${plugin}` });
  } finally {
    if (applied) pool.schemaChanged();
  }
}

async function checksums(
  { client }: PostgresConnection,
  { plugin, scope }: MigrationPlace,
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ version: number; checksum: string }>(
    `SELECT version, checksum FROM ${ledgerTable} WHERE plugin = $1 AND scope = $2`,
    [plugin, scope],
  );
  return new Map(rows.map(({ version, checksum }) => [version, checksum]));
}

function isApplied(
  known: ReadonlyMap<number, string>,
  { plugin }: MigrationPlace,
  migration: Migration,
): boolean {
  const { version, name } = migration;
  const found = known.get(version);
  if (found !== undefined && found !== checksumOf(migration))
    throw errors.AF_STORAGE_MIGRATION_CHANGED({ plugin, version, name });
  return found !== undefined;
}

/** Applies one migration unless it is in the ledger; says whether it did. */
async function applyOnce(
  context: MigrationContext,
  connection: PostgresConnection,
  place: MigrationPlace,
  migration: Migration,
): Promise<boolean> {
  const { plugin, scope } = place;
  const { version, name, up, down, transactional = true } = migration;
  const text = scope === 'tenant' ? expandTenantMacros(up) : up;
  return underMigrationLock(context.pool, connection, transactional, async () => {
    if (isApplied(await checksums(connection, place), place, migration)) return false;
    const { client } = connection;
    try {
      await (transactional ? runText : runSteps)(client, text, scope);
      if (scope === 'tenant' && context.roles !== undefined) await grantTables(client, context.roles);
    } catch (error) {
      throw failed(error, context.pool, { plugin, version, name });
    }
    await client.query(`INSERT INTO ${ledgerTable} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
      plugin,
      scope,
      version,
      name,
      checksumOf(migration),
      up,
      down,
      Date.now(),
      context.kernelVersion,
    ]);
    return true;
  });
}

/** What may pass of itself stays an error of its own; all else is the migration's fault. */
export function failed(
  error: unknown,
  pool: ConnectionPool,
  about: { readonly plugin: string; readonly version: number; readonly name: string },
): Error {
  const fault = error instanceof MigrationFault;
  const source = fault ? error.cause : error;
  if (!fault || source !== undefined) {
    const translated = translate(source, pool.place);
    if (translated.retryable) return translated;
  }
  const reason = fault ? error.message : reasonOf(error);
  return errors.AF_STORAGE_MIGRATION_FAILED({ ...about, reason }, { cause: error });
}

function checksumOf({ up, down }: Migration): string {
  return createHash('sha256').update(up).update('\0').update(down).digest('hex');
}
