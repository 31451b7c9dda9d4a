import { databaseNow, defaultTenant, type SqlDialect, type UseTenant } from '@agent-factory/sdk/contracts';

/** Clocks of machines drift, and are set. */
const askEveryMs = 60_000;

/** What time it is for all processes: the database's, as it said within the last minute, and this process counted on. */
export async function createSharedClock(useTenant: UseTenant, dialect: SqlDialect): Promise<() => number> {
  let aheadMs = 0;
  let askedAt = 0;

  const ask = async (): Promise<void> => {
    askedAt = Date.now();
    const began = performance.now();
    const sql = `SELECT ${databaseNow(dialect)} AS now`;
    const [row] = await useTenant(defaultTenant, (database) => database.query<{ now: number | bigint }>(sql));
    // It answered halfway. Only one look at the own clock, which may be set meanwhile.
    aheadMs = Math.round(Number(row?.now) + (performance.now() - began) / 2 - Date.now());
  };
  await ask();

  return () => {
    // What it said last holds until it answers, and where it cannot.
    if (Math.abs(Date.now() - askedAt) >= askEveryMs) void ask().catch(() => {});
    return Date.now() + aheadMs;
  };
}
