import type { QuotaLimits } from '@agent-factory/sdk/contracts';

/** The limits of tenants, as they were last read. */
export interface LimitMemory {
  /** Those read lately. */
  fresh(tenant: string): QuotaLimits | undefined;
  /** Those read last, however long ago. */
  last(tenant: string): QuotaLimits | undefined;
  set(tenant: string, limits: QuotaLimits): void;
  /** Whether it is time to look for places of runs that nobody works on any more. */
  mayLook(tenant: string): boolean;
}

interface Entry {
  readonly limits: QuotaLimits;
  readonly at: number;
}

/** Milliseconds after which limits are read anew: another process may have changed them. */
const freshMs = 5000;
const lookMs = 1000;
const mostKept = 10_000;

/** Creates it; with more than 10,000 tenants the one that was set first is forgotten. `now`: milliseconds of any clock. */
export function createLimitMemory(now: () => number): LimitMemory {
  const known = new Map<string, Entry>();
  const looked = new Map<string, number>();
  const keep = <Value>(map: Map<string, Value>, tenant: string, value: Value): void => {
    map.delete(tenant);
    map.set(tenant, value);
    const [first] = map.keys();
    if (map.size > mostKept && first !== undefined) map.delete(first);
  };
  return {
    fresh(tenant) {
      const entry = known.get(tenant);
      return entry && now() - entry.at < freshMs ? entry.limits : undefined;
    },
    last: (tenant) => known.get(tenant)?.limits,
    set: (tenant, limits) => keep(known, tenant, { limits, at: now() }),
    mayLook(tenant) {
      if (now() - (looked.get(tenant) ?? -Infinity) < lookMs) return false;
      keep(looked, tenant, now());
      return true;
    },
  };
}
