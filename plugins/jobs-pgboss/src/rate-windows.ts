import type { Db } from 'pg-boss';
import { schema, type BossLink } from './boss-link.ts';

/** The begun jobs of each tenant of a queue, kept in SQL. The caller holds the queue's lock. */
export interface RateWindows {
  /** Tenants that may begin none now, and milliseconds until the first of them may. */
  full(db: Db): Promise<{ readonly tenants: readonly string[]; readonly nextMs: number }>;
  use(db: Db, tenant: string): Promise<void>;
}

const now = 'extract(epoch FROM clock_timestamp()) * 1000';

/** Keeps to at most `count` in any stretch of `periodMs`. */
export function createRateWindows(
  { query }: BossLink,
  queue: string,
  { count, periodMs }: { readonly count: number; readonly periodMs: number },
): RateWindows {
  return {
    async full(db) {
      // The oldest of the last `count` says when there is room again.
      const rows = await query<{ tenant: string; wait: number }>(
        `SELECT tenant, ((begun->0)::float8 + $3 - ${now})::float8 AS wait FROM ${schema}.af_rates
          WHERE queue = $1 AND jsonb_array_length(begun) >= $2::int AND (begun->0)::float8 + $3 > ${now}`,
        [queue, count, periodMs],
        db,
      );
      return {
        tenants: rows.map(({ tenant }) => tenant),
        nextMs: Math.ceil(Math.min(...rows.map(({ wait }) => wait))),
      };
    },
    async use(db, tenant) {
      await query(
        `INSERT INTO ${schema}.af_rates AS r (queue, tenant, begun) VALUES ($1, $2, jsonb_build_array(${now}))
          ON CONFLICT (queue, tenant) DO UPDATE SET begun =
            CASE WHEN jsonb_array_length(r.begun) >= $3::int THEN r.begun - 0 ELSE r.begun END || excluded.begun`,
        [queue, tenant, count],
        db,
      );
    },
  };
}
