import { shortRunSlackMs, type TenantAnalytics } from '@agent-factory/sdk/contracts';
import { catchUp, type CatchUpParts } from './catch-up.ts';
import type { TelemetryReader } from './routes/telemetry-routes.ts';
import { checkRange, queryTelemetry, queryTotals } from './tenant-telemetry.ts';

/** Whoever asks for what a tenant did has its journal read first, so that nothing is missing. */
export function createTelemetryReader(parts: CatchUpParts, analytics: TenantAnalytics): TelemetryReader {
  const reading = new Map<string, Promise<void>>();
  /** Those who ask while it is read wait for the next time, together. */
  const begin = (tenant: string): Promise<void> => {
    const known = reading.get(tenant);
    if (known) return known;
    const work = catchUp(tenant, parts, { slack: shortRunSlackMs })
      .then(() => {})
      .finally(() => reading.delete(tenant));
    reading.set(tenant, work);
    return work;
  };
  const read = async (tenant: string): Promise<void> => {
    await reading.get(tenant)?.catch(() => {}); // told to whoever began it
    await begin(tenant);
  };
  return {
    async query(tenant, query) {
      checkRange(query);
      await read(tenant);
      return parts.useTenant(tenant, (database) => queryTelemetry(database, query));
    },
    totals: (range) => queryTotals(analytics, range),
  };
}
