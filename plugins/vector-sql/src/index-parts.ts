import { derivedPart, type Migration } from '@agent-factory/sdk/contracts';

/** The longest vectors that pgvector's index takes, with numbers of 16 bits. */
export const longestIndexed = 4_000;

/** Name that the migrations of an index are kept under. */
export function indexPart(id: string): string {
  return derivedPart('vector-sql', id);
}

/** Name of the table with an index. */
export function indexTable(id: string): string {
  return `af_vector_sql_derived_${id}`;
}

/** Name of the function that searches an index. A tenant's statement may name it, as it is no table. */
export function nearFunction(id: string): string {
  return `vector_sql_near_${id}`;
}

/** What the function asks. Row-level security adds the tenant, whose rows are all that the table has. */
export function nearQuery(id: string): string {
  return `SELECT p.key, -(p.direction <#> wanted) FROM ${indexTable(id)} p ORDER BY p.direction <#> wanted LIMIT most`;
}

/** Settings under which {@link nearQuery} is asked; a tenant's handle can make none itself. */
export const nearSettings: Readonly<Record<string, string>> = {
  'hnsw.ef_search': '200',
  // More is asked than one look at the index gives.
  'hnsw.iterative_scan': 'strict_order',
  // Whatever the statistics say, and however often it was asked.
  enable_seqscan: 'off',
  enable_sort: 'off',
  plan_cache_mode: 'force_custom_plan',
};

/**
 * An index of its own for each collection and space: in one that tenants share, what one has costs another results. It is
 * made empty, and takes in vectors batch by batch.
 */
export function indexMigrations(id: string, dimensions: number): readonly Migration[] {
  const table = indexTable(id);
  const settings = Object.entries(nearSettings).map(([name, value]) => `SET ${name} = '${value}'`);
  return [
    {
      version: 1,
      name: 'create-index',
      up: `CREATE TABLE ${table} (
  {{tenant.column}}
  key BIGINT NOT NULL,
  direction HALFVEC(${dimensions}) NOT NULL,
  PRIMARY KEY ({{tenant.key}} key)
);
CREATE INDEX ${table}_near ON ${table} USING hnsw (direction halfvec_ip_ops);
CREATE FUNCTION ${nearFunction(id)}(wanted HALFVEC, most BIGINT)
RETURNS TABLE (chunk BIGINT, likeness DOUBLE PRECISION) LANGUAGE plpgsql STABLE
${settings.join('\n')}
AS $$ BEGIN RETURN QUERY ${nearQuery(id)}; END $$;`,
      down: `DROP FUNCTION IF EXISTS ${nearFunction(id)};
DROP TABLE ${table};`,
    },
  ];
}
