import { setTimeout as sleep } from 'node:timers/promises';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { lockKey } from './lock-key.ts';
import type { PostgresConnection } from './postgres-connection.ts';

/** Another process may be at a long migration. */
const longestWaitMs = 600_000;
const key = lockKey('migrations');

/**
 * Runs `work` while no other process migrates; in a transaction, or outside. The lock is asked for again and again
 * instead of being waited for: a statement that waits is one that `CREATE INDEX CONCURRENTLY` would wait for in turn.
 */
export async function underMigrationLock<T>(
  pool: ConnectionPool,
  connection: PostgresConnection,
  transactional: boolean,
  work: () => Promise<T>,
): Promise<T> {
  const { client } = connection;
  const end = performance.now() + longestWaitMs;
  const take = transactional ? 'pg_try_advisory_xact_lock' : 'pg_try_advisory_lock';
  const local = transactional ? 'true' : 'false';
  connection.patient = true;
  try {
    for (let pause = 2; ; pause = Math.min(pause * 2, 100)) {
      if (transactional) await client.query('BEGIN');
      const { rows } = await client.query<{ taken: boolean }>(`SELECT ${take}($1) AS taken`, [key]);
      if (rows[0]?.taken) break;
      if (transactional) await client.query('ROLLBACK');
      if (performance.now() > end)
        throw errors.AF_STORAGE_LOCKED({
          database: pool.place.server,
          ms: longestWaitMs,
          reason: 'another process is migrating',
        });
      await sleep(pause);
    }
    await client.query(`SELECT set_config('statement_timeout', '0', ${local})`);
    // An index that is made concurrently waits for every transaction that was there before.
    if (!transactional) await client.query("SELECT set_config('lock_timeout', '0', false)");
    const result = await work();
    if (transactional) await client.query('COMMIT');
    return result;
  } catch (error) {
    if (transactional) await client.query('ROLLBACK').catch(() => connection.destroy());
    throw error;
  } finally {
    connection.patient = false;
    if (!transactional)
      await client
        .query(
          `SELECT pg_advisory_unlock_all(), set_config('statement_timeout', '${pool.options.statementTimeoutMs}', false),
            set_config('lock_timeout', '${pool.options.waitMs}', false)`,
        )
        .catch(() => connection.destroy());
  }
}
