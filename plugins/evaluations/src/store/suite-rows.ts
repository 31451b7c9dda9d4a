import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** The suites of the tenant's own, by name. */
export async function listSuites(database: SqlDatabase): Promise<readonly EvaluationSuite[]> {
  const db = queryBuilder<Tables>(database);
  const rows = await db.selectFrom('af_evaluations_suites').select('suite').orderBy('name').execute();
  return rows.map(({ suite }) => JSON.parse(suite) as EvaluationSuite); // as it was kept
}

/** Keeps a suite in place of the one of its name. */
export function keepSuite(database: SqlDatabase, suite: EvaluationSuite): Promise<void> {
  return withTransaction(database, async (db: Kysely<Tables>, tx) => {
    await tx.lock(`evaluations.suite.${suite.name}`);
    const text = JSON.stringify(suite);
    const { numUpdatedRows } = await db
      .updateTable('af_evaluations_suites')
      .set({ suite: text })
      .where('name', '=', suite.name)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) return;
    await db.insertInto('af_evaluations_suites').values({ name: suite.name, suite: text }).execute();
  });
}

/** Forgets a suite; whether it was there. */
export async function dropSuite(database: SqlDatabase, name: string): Promise<boolean> {
  const { numDeletedRows } = await queryBuilder<Tables>(database)
    .deleteFrom('af_evaluations_suites')
    .where('name', '=', name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
