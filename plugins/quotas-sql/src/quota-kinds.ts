import {
  limitsModels,
  type QuotaLimits,
  type QuotaName,
  type QuotaOverrides,
} from '@agent-factory/sdk/contracts';
import type { Periods } from './periods.ts';

/** What is counted, in the units of the tables. */
export interface Counted {
  readonly dayRuns: number;
  readonly dayTokens: number;
  readonly dayNanoUsd: number;
  readonly monthTokens: number;
  readonly monthNanoUsd: number;
}

/** A quota of a time. */
interface QuotaOfTime {
  readonly quota: QuotaName;
  readonly counts: keyof Counted;
  readonly period: 'day' | 'month';
  /** How much of what is counted makes one of the limit. */
  readonly unit: number;
}

const nanoPerUsd = 1e9;

/** Every quota that time gives back. */
export const quotasOfTime: readonly QuotaOfTime[] = [
  { quota: 'runsPerDay', counts: 'dayRuns', period: 'day', unit: 1 },
  { quota: 'tokensPerDay', counts: 'dayTokens', period: 'day', unit: 1 },
  { quota: 'tokensPerMonth', counts: 'monthTokens', period: 'month', unit: 1 },
  { quota: 'usdPerDay', counts: 'dayNanoUsd', period: 'day', unit: nanoPerUsd },
  { quota: 'usdPerMonth', counts: 'monthNanoUsd', period: 'month', unit: nanoPerUsd },
];

/** The limits in the units of the tables; what is not limited may grow as far as it can be counted. */
export function mostOf(limits: QuotaLimits): Counted {
  const most = { dayRuns: 0, dayTokens: 0, dayNanoUsd: 0, monthTokens: 0, monthNanoUsd: 0 };
  for (const { quota, counts, unit } of quotasOfTime) {
    const limit = limits[quota];
    most[counts] = limit === undefined ? Number.MAX_SAFE_INTEGER : Math.round(limit * unit);
  }
  return most;
}

/** Whether money is limited. */
export function limitsMoney({ usdPerDay, usdPerMonth }: QuotaLimits): boolean {
  return usdPerDay !== undefined || usdPerMonth !== undefined;
}

/** Whether the beginning of a run has to be counted. */
export function limitsRuns(limits: QuotaLimits): boolean {
  return limits.runsAtOnce !== undefined || limits.runsPerDay !== undefined || limitsModels(limits);
}

/** What holds for a tenant: what was set for it, and else what holds for all. */
export function limitsWith(defaults: QuotaLimits, overrides: QuotaOverrides): QuotaLimits {
  const all = { ...defaults, ...overrides };
  return Object.fromEntries(Object.entries(all).filter(([, limit]) => typeof limit === 'number'));
}

/** When a period ends. */
export function endOf(period: 'day' | 'month', { dayEnd, monthEnd }: Periods): number {
  return period === 'day' ? dayEnd : monthEnd;
}
