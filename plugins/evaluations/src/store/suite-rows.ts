import type { ChangeCondition, SqlDatabase } from '@agent-factory/sdk/contracts';
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
export function keepSuite(
  database: SqlDatabase,
  suite: EvaluationSuite,
  { check }: ChangeCondition<EvaluationSuite>,
): Promise<void> {
  const { name } = suite;
  return inSuite(database, name, async (db, found) => {
    check?.(found);
    const text = JSON.stringify(suite);
    if (found)
      await db.updateTable('af_evaluations_suites').set({ suite: text }).where('name', '=', name).execute();
    else await db.insertInto('af_evaluations_suites').values({ name, suite: text }).execute();
  });
}

/** Forgets a suite; whether it was there. One that is not there is not held against the condition. */
export function dropSuite(
  database: SqlDatabase,
  name: string,
  { check }: ChangeCondition<EvaluationSuite>,
): Promise<boolean> {
  return inSuite(database, name, async (db, found) => {
    if (!found) return false;
    check?.(found);
    await db.deleteFrom('af_evaluations_suites').where('name', '=', name).execute();
    return true;
  });
}

/** One change of a suite after another. */
function inSuite<T>(
  database: SqlDatabase,
  name: string,
  work: (db: Kysely<Tables>, found: EvaluationSuite | undefined) => Promise<T>,
): Promise<T> {
  return withTransaction(database, async (db: Kysely<Tables>, tx) => {
    await tx.lock(`evaluations.suite.${name}`);
    const row = await db
      .selectFrom('af_evaluations_suites')
      .select('suite')
      .where('name', '=', name)
      .executeTakeFirst();
    return work(db, row && (JSON.parse(row.suite) as EvaluationSuite)); // as it was kept
  });
}
