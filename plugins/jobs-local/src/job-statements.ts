import { databaseNow, type SqlDialect } from '@agent-factory/sdk/contracts';

/** The texts of the statements that move jobs on. Where rows are passed, they are one parameter: a list of lists as JSON. */
export interface JobStatements {
  readonly now: string;
  /** Adds rows. */
  readonly insert: string;
  /** Adds rows, some with a dedupe key, and gives the id, queue and key of each: its own, or of the one that has its key. */
  readonly insertKeyed: string;
  /** Hands jobs out: lease, queue, queue, most. */
  readonly claim: string;
  /** The same within limits: queue ×2, tenant's most at once, tenant's most in a time, queue ×3, most, queue, most, lease. */
  readonly claimLimited: string;
  /** Ends or gives back what is held: rows of id, fence, state, result, error, delay, given back, expired. Gives the ids of those that were. */
  readonly finish: RowStatement;
  /** Renews leases: rows of id, fence, lease. Gives the ids of those still held. */
  readonly beat: RowStatement;
  /** What there is to do on a queue: queue ×3. */
  readonly look: string;
  /** Held by nobody who reports: queue. */
  readonly expired: string;
  /** What was held back and is due: queue. */
  readonly promote: string;
  /** Removes jobs: ids as JSON. */
  readonly remove: string;
  /** Takes a row for writing until the transaction ends, where the engine would not. */
  readonly lockRow: string | undefined;
}

/** Changes a row of the table for each row passed, where id and fence fit; each id once. */
export interface RowStatement {
  readonly sql: string;
  /** Which of a row's values it takes, in order; none: all rows at once, as JSON. */
  readonly params?: readonly number[];
}

/** A column of rows passed as JSON. */
type Column = readonly [name: string, type: 'TEXT' | 'BIGINT'];

const table = 'af_jobs_local_jobs';
const claimed =
  'id, queue, tenant, data, priority, attempt, attempts, state, progress, result, error, created_at, ended_at,' +
  ' backoff, fence, parent_id, children';
const notPaused = 'NOT EXISTS (SELECT 1 FROM af_jobs_local_queues WHERE name = ? AND paused = 1)';

/** Rows of a list of lists in one JSON parameter; so a statement's text stays the same, however many there are. */
export function passedRows(dialect: SqlDialect, columns: readonly Column[]): string {
  const picked = columns.map(([name, type], at) =>
    dialect === 'sqlite'
      ? `value ->> ${at} AS ${name}`
      : `CAST(passed.value ->> ${at} AS ${type}) AS ${name}`,
  );
  const source =
    dialect === 'sqlite'
      ? 'json_each(?) AS passed'
      : 'json_array_elements(CAST(CAST(? AS TEXT) AS JSON)) AS passed(value)';
  return `(SELECT ${picked.join(', ')} FROM ${source}) AS r`;
}

/**
 * Names the index to use. SQLite's planner goes by counts from when the table was last analysed: it may have been empty then,
 * and walking over it the cheapest.
 */
export function byIndex(
  dialect: SqlDialect,
  index: 'id' | 'order' | 'tenants' | 'active' | 'due' | 'parent' | 'ended',
): string {
  if (dialect !== 'sqlite') return '';
  return ` INDEXED BY ${index === 'id' ? `sqlite_autoindex_${table}_1` : `${table}_${index}`}`;
}

/** Statements for an engine. */
export function jobStatements(dialect: SqlDialect): JobStatements {
  const now = databaseNow(dialect);
  const sqlite = dialect === 'sqlite';
  const [byId, byOrder, byTenant, byActive, byDue] = (
    ['id', 'order', 'tenants', 'active', 'due'] as const
  ).map((index) => byIndex(dialect, index));
  // SQLite compiles a statement anew each time a parameter is bound that its plan may depend on: what is compared with a column
  // of a partial index, or limits. The plus hides it.
  const [given, most] = sqlite ? ['+?', '(? + 0)'] : ['?', '?'];
  const skipLocked = sqlite ? '' : ' FOR UPDATE SKIP LOCKED';
  const added = passedRows(dialect, [
    ['r_id', 'TEXT'],
    ['r_queue', 'TEXT'],
    ['r_tenant', 'TEXT'],
    ['r_data', 'TEXT'],
    ['r_key', 'TEXT'],
    ['r_priority', 'BIGINT'],
    ['r_attempts', 'BIGINT'],
    ['r_backoff', 'TEXT'],
    ['r_state', 'TEXT'],
    ['r_delay', 'BIGINT'],
    ['r_parent', 'TEXT'],
    ['r_place', 'BIGINT'],
    ['r_children', 'BIGINT'],
  ]);
  const insert =
    `INSERT INTO ${table} (id, queue, tenant, data, dedupe_key, priority, attempts, backoff, state, run_at, parent_id,` +
    ' place, children, children_left, created_at) SELECT r_id, r_queue, r_tenant, r_data, r_key, r_priority, r_attempts,' +
    ` r_backoff, r_state, ${now} + r_delay, r_parent, r_place, r_children, r_children, ${now} FROM ${added} WHERE 1 = 1`;
  const chosen = sqlite
    ? " WHERE id IN (SELECT chosen FROM next) AND state = 'waiting'"
    : " FROM next WHERE id = next.chosen AND state = 'waiting'";
  const handOut =
    ` UPDATE ${table}${byId} SET state = 'active', attempt = attempt + 1, fence = fence + 1, lease_until = ${now} + ?` +
    `${chosen} RETURNING ${claimed}`;
  const heads = `SELECT x.id FROM ${table} x${byTenant} WHERE x.queue = ${given} AND x.state = 'waiting'
    AND x.tenant = room.tenant ORDER BY x.priority DESC, x.id LIMIT ${most}`;
  const candidates = sqlite
    ? `room JOIN ${table} c${byId} ON c.id IN (${heads})`
    : `room CROSS JOIN LATERAL (${heads}) head JOIN ${table} c ON c.id = head.id`;

  return {
    now,
    insert,
    insertKeyed:
      `${insert} ON CONFLICT (queue, dedupe_key) WHERE dedupe_key IS NOT NULL AND ended_at IS NULL` +
      ' DO UPDATE SET dedupe_key = excluded.dedupe_key RETURNING id, queue, dedupe_key',
    claim:
      `WITH next(chosen) AS MATERIALIZED (SELECT id FROM ${table}${byOrder} WHERE queue = ${given} AND state = 'waiting'` +
      ` AND ${notPaused} ORDER BY priority DESC, id LIMIT ${most}${skipLocked})${handOut}`,
    // Tenants that have something to do are found by steps from one to the next in the index, whatever the backlog of each.
    claimLimited: `WITH RECURSIVE tenants(tenant) AS (
        SELECT MIN(tenant) FROM ${table}${byTenant} WHERE queue = ${given} AND state = 'waiting'
        UNION ALL
        SELECT (SELECT MIN(j.tenant) FROM ${table} j${byTenant}
          WHERE j.queue = ${given} AND j.state = 'waiting' AND j.tenant > tenants.tenant)
        FROM tenants WHERE tenants.tenant IS NOT NULL
      ), used AS (
        SELECT tenant,
          CAST(? AS BIGINT) - (SELECT COUNT(*) FROM ${table} a${byActive}
            WHERE a.queue = ${given} AND a.state = 'active' AND a.tenant = tenants.tenant) AS free_now,
          CAST(? AS BIGINT) - (SELECT COUNT(*) FROM af_jobs_local_starts s
            WHERE s.queue = ${given} AND s.tenant = tenants.tenant AND s.counts_until > ${now}) AS free_yet
        FROM tenants WHERE tenant IS NOT NULL
      ), room AS (
        SELECT tenant, CASE WHEN free_now < free_yet THEN free_now ELSE free_yet END AS free FROM used
        WHERE free_now > 0 AND free_yet > 0 AND ${notPaused}
      ), placed AS (
        SELECT c.id, c.priority, room.free,
          ROW_NUMBER() OVER (PARTITION BY room.tenant ORDER BY c.priority DESC, c.id) AS place
        FROM ${candidates}
      ), next(chosen) AS MATERIALIZED (
        SELECT id FROM placed WHERE place <= free ORDER BY priority DESC, id LIMIT ${most}
      )${handOut}`,
    ...(sqlite ? oneByOne(now) : together(now)),
    look:
      `SELECT ${now} AS now,` +
      ` (SELECT MIN(run_at) FROM ${table}${byDue} WHERE queue = ${given} AND state = 'delayed') AS due,` +
      ` (SELECT MIN(lease_until) FROM ${table}${byActive} WHERE queue = ${given} AND state = 'active') AS lease,` +
      ` (SELECT COUNT(*) FROM (SELECT 1 FROM ${table}${byOrder} WHERE queue = ${given} AND state = 'waiting' LIMIT 1) AS w) AS waiting`,
    expired:
      `SELECT id, fence, attempt, attempts, parent_id FROM ${table}${byActive} WHERE queue = ${given} AND state = 'active'` +
      ` AND lease_until < ${now} LIMIT 500`,
    promote: `UPDATE ${table}${byDue} SET state = 'waiting' WHERE queue = ${given} AND state = 'delayed' AND run_at <= ${now}`,
    remove:
      `DELETE FROM ${table}${byId} WHERE id IN` +
      (sqlite ? ' (SELECT value FROM json_each(?))' : ' (SELECT json_array_elements_text(CAST(? AS json)))'),
    lockRow: sqlite ? undefined : `SELECT id FROM ${table} WHERE id = ? FOR UPDATE`,
  };
}

/** On a server one round trip counts more than anything. */
function together(now: string): Pick<JobStatements, 'finish' | 'beat'> {
  const ended = passedRows('postgres', [
    ['r_id', 'TEXT'],
    ['r_fence', 'BIGINT'],
    ['r_state', 'TEXT'],
    ['r_result', 'TEXT'],
    ['r_error', 'TEXT'],
    ['r_delay', 'BIGINT'],
    ['r_back', 'BIGINT'],
    ['r_expired', 'BIGINT'],
  ]);
  const held = passedRows('postgres', [
    ['r_id', 'TEXT'],
    ['r_fence', 'BIGINT'],
    ['r_lease', 'BIGINT'],
  ]);
  return {
    finish: {
      sql:
        `UPDATE ${table} SET state = r_state, result = r_result, run_at = ${now} + r_delay,` +
        ' error = CASE WHEN r_back = 1 THEN error ELSE r_error END, attempt = attempt - r_back, lease_until = NULL,' +
        ` ended_at = CASE WHEN r_state IN ('completed', 'dead') THEN ${now} END FROM ${ended} WHERE id = r_id` +
        ` AND fence = r_fence AND state = 'active' AND (r_expired = 0 OR lease_until < ${now}) RETURNING id`,
    },
    beat: {
      sql:
        `UPDATE ${table} SET lease_until = ${now} + r_lease FROM ${held}` +
        ` WHERE id = r_id AND fence = r_fence AND state = 'active' RETURNING id`,
    },
  };
}

/** In SQLite a statement costs little, and the planner would be free to walk over the table for a join. */
function oneByOne(now: string): Pick<JobStatements, 'finish' | 'beat'> {
  return {
    finish: {
      sql:
        `UPDATE ${table} SET state = ?, result = ?, run_at = ${now} + ?, error = CASE WHEN ? = 1 THEN error ELSE ? END,` +
        ` attempt = attempt - ?, lease_until = NULL, ended_at = CASE WHEN ? IN ('completed', 'dead') THEN ${now} END` +
        ` WHERE id = ? AND fence = ? AND state = 'active' AND (? = 0 OR lease_until < ${now})`,
      params: [2, 3, 5, 6, 4, 6, 2, 0, 1, 7],
    },
    beat: {
      sql: `UPDATE ${table} SET lease_until = ${now} + ? WHERE id = ? AND fence = ? AND state = 'active'`,
      params: [2, 0, 1],
    },
  };
}
