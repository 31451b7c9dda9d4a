import type { JsonObject } from '@agent-factory/sdk';
import {
  databaseNow,
  type RenewedLeases,
  type RunAddress,
  type RunLease,
  type RunOwner,
  type SqlDatabase,
  type SqlDialect,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { ChainHeads } from './chain-heads.ts';
import { checkOwner } from './prepared-append.ts';
import { inList, packList } from './sql-list.ts';
import { isUnfinished } from './unfinished.ts';

/** Leases renewed in one statement. */
const leasesPerStatement = 500;
/** Tenants whose leases are renewed at the same time. */
const tenantsAtOnce = 4;

/** Claims a run that nobody owns. */
export async function claimRun(
  database: SqlDatabase,
  heads: ChainHeads,
  { tenant, runId }: RunAddress,
  { owner, ttlMs }: RunOwner,
): Promise<RunLease | undefined> {
  checkOwner(runId, owner, ttlMs);
  const now = databaseNow(database.dialect);
  const [row] = await database.query<{ fence: number; last_seq: number; hash: string }>(
    `UPDATE af_journal_sql_runs SET owner = ?, fence = fence + 1, lease_until = ${now} + ?` +
      ` WHERE id = ? AND ${isUnfinished} AND (owner IS NULL OR lease_until <= ${now})` +
      ' RETURNING fence, last_seq, hash',
    [owner, ttlMs, runId],
  );
  if (row === undefined) return undefined;
  heads.set({ tenant, runId }, { seq: row.last_seq, hash: row.hash });
  return { owner, ttlMs, fence: row.fence };
}

/** Gives a run back, if it still belongs to the lease. */
export async function releaseRun(database: SqlDatabase, runId: string, lease: RunLease): Promise<void> {
  await database.execute(
    'UPDATE af_journal_sql_runs SET owner = NULL, lease_until = NULL WHERE id = ? AND fence = ? AND owner = ?',
    [runId, lease.fence, lease.owner],
  );
}

/** Leaves a wish with a run, a line of JSON after those before, unless the run is final or has the same one. */
export async function leaveWish(database: SqlDatabase, runId: string, wish: JsonObject): Promise<void> {
  const line = `${JSON.stringify(wish)}\n`;
  const before = "COALESCE(wishes, '')";
  await database.execute(
    `UPDATE af_journal_sql_runs SET wishes = ${before} || CAST(? AS TEXT)` +
      ` WHERE id = ? AND ${isUnfinished} AND REPLACE(${before}, CAST(? AS TEXT), '') = ${before}`,
    [line, runId, line],
  );
}

type Held = RunAddress & RunLease;

/** Begins the time of leases anew, with one statement for each tenant and 500 leases. */
export async function renewLeases(useTenant: UseTenant, leases: readonly Held[]): Promise<RenewedLeases> {
  const lost: RunAddress[] = [];
  const wishes: RenewedLeases['wishes'][number][] = [];
  const byTenant = [...Map.groupBy(leases, ({ tenant }) => tenant)];
  const work = async (): Promise<void> => {
    for (let next = byTenant.pop(); next !== undefined; next = byTenant.pop()) {
      const [tenant, own] = next;
      for (let start = 0; start < own.length; start += leasesPerStatement) {
        const part = own.slice(start, start + leasesPerStatement);
        const found = await useTenant(tenant, (database) => renewSome(database, part));
        for (const runId of found.lost) lost.push({ tenant, runId });
        for (const { runId, wish } of found.wishes) wishes.push({ tenant, runId, wish });
      }
    }
  };
  await Promise.all(Array.from({ length: tenantsAtOnce }, work));
  return { lost, wishes };
}

interface RenewedRow {
  readonly id: string;
  readonly wishes: string | null;
}

async function renewSome(
  database: SqlDatabase,
  leases: readonly Held[],
): Promise<{ lost: readonly string[]; wishes: readonly { runId: string; wish: JsonObject }[] }> {
  const packed = leases.map(({ runId, owner, fence, ttlMs }) => ({
    run_id: runId,
    owner,
    fence,
    ttl_ms: ttlMs,
  }));
  const renewed = await database.query<RenewedRow>(renewStatement(database.dialect), [
    JSON.stringify(packed),
  ]);
  const wishes = renewed.flatMap(({ id, wishes: lines }) =>
    // Written by leaveWish, from objects.
    (lines?.trimEnd().split('\n') ?? []).map((line) => ({ runId: id, wish: JSON.parse(line) as JsonObject })),
  );
  const kept = new Set(renewed.map(({ id }) => id));
  const missing = leases.filter(({ runId }) => !kept.has(runId));
  if (missing.length === 0) return { lost: [], wishes };
  const stillHeld = await holders(database, missing);
  const lost = missing.filter(({ runId, owner, fence }) => stillHeld.get(runId) !== `${fence} ${owner}`);
  return { lost: lost.map(({ runId }) => runId), wishes };
}

/**
 * On PostgreSQL a row that is locked is left out: an append holds it, which renews the lease itself, or somebody
 * claims it. Waiting for it, while holding the rows of others, could end in a deadlock.
 */
function renewStatement(dialect: SqlDialect): string {
  const end = `${databaseNow(dialect)} + g.ttl_ms`;
  const held = 'r.fence = g.fence AND r.owner = g.owner';
  if (dialect === 'sqlite')
    return (
      `UPDATE af_journal_sql_runs AS r SET lease_until = ${end}` +
      " FROM (SELECT value ->> 'run_id' AS run_id, value ->> 'owner' AS owner, value ->> 'fence' AS fence," +
      " value ->> 'ttl_ms' AS ttl_ms FROM json_each(?)) AS g" +
      ` WHERE r.id = g.run_id AND ${held} RETURNING id, wishes`
    );
  return (
    'WITH g AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(? AS json))' +
    ' AS x(run_id text, owner text, fence bigint, ttl_ms bigint)),' +
    ' free AS MATERIALIZED (SELECT id FROM af_journal_sql_runs WHERE id IN (SELECT run_id FROM g)' +
    ' FOR UPDATE SKIP LOCKED)' +
    ` UPDATE af_journal_sql_runs AS r SET lease_until = ${end} FROM g` +
    ` WHERE r.id = g.run_id AND ${held} AND r.id IN (SELECT id FROM free) RETURNING r.id, r.wishes`
  );
}

async function holders(database: SqlDatabase, leases: readonly Held[]): Promise<ReadonlyMap<string, string>> {
  const rows = await database.query<{ id: string; owner: string | null; fence: number }>(
    `SELECT id, owner, fence FROM af_journal_sql_runs WHERE id IN ${inList(database.dialect)}`,
    [packList(leases.map(({ runId }) => runId))],
  );
  return new Map(rows.map(({ id, owner, fence }) => [id, `${fence} ${owner}`]));
}
