import type { SqlDatabase, SqlTransaction } from '@agent-factory/sdk/contracts';
import { withTransaction } from '@agent-factory/sdk/sql';
import type { MemoryDatabase } from './memory-tables.ts';

/**
 * Changes one conversation in a transaction, one after another. Every change takes the lock, and takes it first:
 * otherwise a transaction that sees one moment of the database would fail where another was quicker.
 */
export function inConversation<T>(
  database: SqlDatabase,
  conversation: string,
  work: (db: MemoryDatabase, tx: SqlTransaction) => Promise<T>,
): Promise<T> {
  return withTransaction(database, async (db: MemoryDatabase, tx) => {
    await tx.lock(`memory-sql:${conversation}`);
    return work(db, tx);
  });
}
