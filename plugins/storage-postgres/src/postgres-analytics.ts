import { storageErrors as errors, type SqlValue, type TenantAnalytics } from '@agent-factory/sdk/contracts';
import { prepareStep, type DatabaseView } from './database-view.ts';
import { excerpt, translate } from './driver-errors.ts';
import { tenantsTable } from './own-schema.ts';
import type { PipelineStep, StepResult } from './pipeline.ts';
import type { MigrationContext } from './postgres-migrations.ts';
import { failure, undo } from './run-outcome.ts';
import { createSqlTexts, refuseNumbered } from './sql-text.ts';
import { readFresh } from './tenant-catalog.ts';
import { refuseNames, tenantColumn, type TenantCatalog } from './tenant-rules.ts';
import { ownName } from './statement-name.ts';

/** Tenants asked for in one go, where each is asked for alone. */
const atOnce = 100;
const begin: PipelineStep = { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', values: [] };
const commit: PipelineStep = { text: 'COMMIT', values: [] };

/**
 * Creates reads across tenants. Under the role for it, a statement sees the rows of all at once; where there is no such
 * role, it is run for one tenant after another.
 */
export function createPostgresAnalytics(
  { pool, roles }: Pick<MigrationContext, 'pool' | 'roles'>,
  catalog: TenantCatalog,
): TenantAnalytics {
  const texts = createSqlTexts({
    refuse: (verb, tokens) =>
      writes.test(verb) ? undefined : (refuseNumbered(tokens) ?? refuseNames(catalog, tokens)),
  });
  const view: DatabaseView = { name: 'analytics', read: (sql) => readFresh(texts, catalog, sql) };

  const shards = async (ids: readonly string[], step: PipelineStep): Promise<readonly StepResult[]> => {
    const steps = roles
      ? [
          { text: "SELECT set_config('role', $1, true)", values: [roles.analytics], name: ownName('role') },
          step,
        ]
      : ids.flatMap((id) => [
          { text: "SELECT set_config('af.tenant', $1, true)", values: [id], name: ownName('set_tenant') },
          step,
        ]);
    return pool.use(async (connection) => {
      const outcome = await connection.run([begin, ...steps, commit]);
      if (!('error' in outcome)) return outcome.slice(1, -1).filter((_, index) => index % 2 === 1);
      if (connection.usable) await undo(connection);
      const { error } = outcome;
      // Here that is no sign that the server would take no writes.
      if (error instanceof Error && 'code' in error && error.code === '25006')
        throw translate(error, pool.place);
      throw failure(pool, connection, outcome, { sql: step.text });
    });
  };

  return {
    async query<Row extends object>(sql: string, params?: readonly SqlValue[]) {
      const text = sql.replaceAll('{{tenant.id}}', tenantColumn);
      const { source, ...step } = await prepareStep(view, text, params);
      if (writes.test(source.verb))
        throw errors.AF_STORAGE_READ_ONLY({
          database: pool.place.server,
          reason: `reads across tenants change nothing (in: ${excerpt(sql)})`,
        });
      const rows: Row[] = [];
      for (let after: string | undefined = ''; after !== undefined;) {
        const ids: readonly string[] = roles ? [] : await tenantsAfter(after);
        if (roles !== undefined || ids.length > 0)
          for (const result of await shards(ids, step)) rows.push(...(result.rows as readonly Row[])); // the caller names their shape
        after = ids.length < atOnce ? undefined : ids.at(-1);
      }
      return rows;
    },
  };

  async function tenantsAfter(after: string): Promise<readonly string[]> {
    return pool.use(async ({ client }) => {
      try {
        const { rows } = await client.query<{ id: string }>(
          `SELECT id FROM ${tenantsTable} WHERE id > $1 ORDER BY id LIMIT ${atOnce}`,
          [after],
        );
        return rows.map(({ id }) => id);
      } catch (error) {
        throw translate(error, pool.place);
      }
    });
  }
}

/** What a statement begins with that would change something, or leave the transaction. */
const writes =
  /^(?:INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE|GRANT|REVOKE|COMMENT|COPY|DO|CALL|LOCK|VACUUM|ANALYZE|CLUSTER|REINDEX|REFRESH|SET|RESET|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE|EXECUTE|DEALLOCATE|DECLARE|FETCH|MOVE|CLOSE|LISTEN|NOTIFY|UNLISTEN|DISCARD|LOAD|SECURITY|IMPORT|REASSIGN|CHECKPOINT|EXPLAIN)$/;
