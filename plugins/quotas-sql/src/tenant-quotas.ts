import {
  limitsModels,
  quotaErrors as errors,
  type Journal,
  type QuotaChange,
  type QuotaLimits,
  type QuotaName,
  type QuotaUse,
  type SqlStatement,
  type TenantQuotas,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { LimitMemory } from './limit-memory.ts';
import { periodsOf, type Periods } from './periods.ts';
import { endOf, limitsMoney, limitsRuns, limitsWith, mostOf, quotasOfTime } from './quota-kinds.ts';
import { freePlaces } from './quota-places.ts';
import {
  addStatement,
  leavePlace,
  readState,
  takePlace,
  takePlaceAgain,
  writeOverrides,
  type QuotaState,
} from './quota-state.ts';

/** What quotas stand on. */
export interface TenantQuotasParts {
  readonly useTenant: UseTenant;
  readonly journal: Journal;
  readonly defaults: QuotaLimits;
  readonly memory: LimitMemory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const none: readonly SqlStatement[] = [];
/** Limits that are not known: whatever may be limited is counted, and nothing is refused. */
const unknown: QuotaLimits = {
  runsAtOnce: Number.MAX_SAFE_INTEGER,
  usdPerMonth: Number.MAX_SAFE_INTEGER / 1e9,
};

/** The quotas of one tenant; it keeps nothing, so that it can be made for each use. */
export function createTenantQuotas(tenant: string, parts: TenantQuotasParts): TenantQuotas {
  const { useTenant, journal, defaults, memory, now } = parts;

  const read = async (periods: Periods): Promise<QuotaState & { readonly limits: QuotaLimits }> => {
    const state = await useTenant(tenant, (database) => readState(database, periods));
    const limits = limitsWith(defaults, state.overrides);
    memory.set(tenant, limits);
    return { ...state, limits };
  };
  const limits = async (): Promise<QuotaLimits> =>
    memory.fresh(tenant) ?? (await read(periodsOf(now()))).limits;

  const checkModels = (all: readonly QuotaUse[]): void => {
    for (const use of all) {
      if (use.quota !== 'runsAtOnce' && use.quota !== 'runsPerDay') refuseIfUsedUp(use, now());
    }
  };

  return {
    limits,

    async usage() {
      const periods = periodsOf(now());
      return usesOf(await read(periods), periods);
    },

    async checkStart() {
      const periods = periodsOf(now());
      const all = usesOf(await read(periods), periods);
      const atOnce = all.find(({ quota }) => quota === 'runsAtOnce');
      checkModels(all);
      for (const use of all) if (use !== atOnce) refuseIfUsedUp(use, now());
      if (!atOnce || (atOnce.used ?? 0) < atOnce.most) return;
      // Only then is it worth looking for runs whose process died.
      const freed = memory.mayLook(tenant) ? await freePlaces(tenant, journal, useTenant) : 0;
      if (freed === 0) refuseIfUsedUp(atOnce, now());
    },

    async checkCall(model, isPriced) {
      const held = await limits();
      if (!limitsModels(held)) return;
      if (limitsMoney(held) && !(await isPriced())) throw errors.AF_QUOTA_PRICE_UNKNOWN({ model });
      const periods = periodsOf(now());
      checkModels(usesOf(await read(periods), periods));
    },

    count({ runId, begins = false, place, tokens = 0, nanoUsd = 0 }: QuotaChange) {
      const held = memory.last(tenant) ?? unknown;
      if (!limitsRuns(held)) return none;
      const statements: SqlStatement[] = [];
      const used = tokens > 0 || nanoUsd > 0;
      if (begins || (used && limitsModels(held))) {
        const runs = begins ? 1 : 0;
        const added = {
          dayRuns: runs,
          dayTokens: tokens,
          dayNanoUsd: nanoUsd,
          monthTokens: tokens,
          monthNanoUsd: nanoUsd,
        };
        statements.push(addStatement(added, periodsOf(now()), begins ? mostOf(held) : undefined));
      }
      if (held.runsAtOnce === undefined) return statements;
      if (place === 'left') statements.push(leavePlace(runId));
      else if (place === 'taken')
        statements.push(begins ? takePlace(runId, held.runsAtOnce) : takePlaceAgain(runId));
      return statements;
    },

    overrides: async () => (await read(periodsOf(now()))).overrides,

    async override(overrides, condition = {}) {
      await useTenant(tenant, (database) => writeOverrides(database, tenant, overrides, condition));
      await read(periodsOf(now()));
    },
  };
}

/** How much is used of each limit that holds. */
function usesOf(
  { limits, counted, places }: QuotaState & { readonly limits: QuotaLimits },
  periods: Periods,
): readonly QuotaUse[] {
  const uses: QuotaUse[] = [];
  const add = (quota: QuotaName, more: Partial<QuotaUse> = {}): void => {
    const most = limits[quota];
    if (most !== undefined) uses.push({ quota, most, ...more });
  };
  add('runsAtOnce', { used: places });
  for (const { quota, counts, period, unit } of quotasOfTime)
    add(quota, { used: counted[counts] / unit, resetsAt: endOf(period, periods) });
  add('storageBytes');
  add('requestsPerMinute');
  return uses;
}

function refuseIfUsedUp({ quota, most, used, resetsAt }: QuotaUse, now: number): void {
  if (used === undefined || used < most) return;
  const seconds = resetsAt === undefined ? undefined : Math.max(1, Math.ceil((resetsAt - now) / 1000));
  const { period } = quotasOfTime.find((one) => one.quota === quota) ?? {};
  const periods = periodsOf(now);
  const windowSeconds = period && (endOf(period, periods) - periods[period]) / 1000;
  const wait =
    resetsAt === undefined ? 'Wait until runs have ended' : `Wait until ${new Date(resetsAt).toISOString()}`;
  const mend = `${wait}, or have the operator of the platform raise the quota.`;
  throw errors.AF_QUOTA_EXCEEDED({
    quota,
    most,
    used,
    mend,
    ...(seconds !== undefined && { seconds }),
    ...(windowSeconds !== undefined && { windowSeconds }),
  });
}
