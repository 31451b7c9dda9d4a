import type { RunLimits } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { LiveRun } from './live-run.ts';
import type { LoadedSubject } from './run-executor.ts';
import type { RuntimeContext } from './runtime-context.ts';

const limitNames = ['turns', 'tokens', 'timeMs', 'toolCalls', 'costUsd'] as const;

/** Limits, none of them above what a run of the tenant may use at most. */
export async function withinMost<Limits extends RunLimits>(
  own: Limits,
  tenant: string,
  { settings }: Pick<RuntimeContext, 'settings'>,
): Promise<Limits> {
  return settings ? within(own, await settings.most(tenant)) : own;
}

/** Limits, none of them above what there may be at most. */
export function within<Limits extends RunLimits>(own: Limits, most: RunLimits): Limits {
  const least: Record<string, number> = {};
  for (const limit of limitNames) {
    const value = most[limit];
    if (value !== undefined) least[limit] = Math.min(own[limit] ?? value, value);
  }
  return { ...own, ...least };
}

/** The limits of what is run, tightened by the request's; AF_RUN_LIMIT_INVALID when one of those is looser. */
export function tightened(own: RunLimits, wanted: RunLimits | undefined): RunLimits {
  if (!wanted) return own;
  for (const limit of limitNames) {
    const value = wanted[limit];
    if (value === undefined) continue;
    const isMoney = limit === 'costUsd';
    const least = limit === 'toolCalls' ? 0 : isMoney ? Number.MIN_VALUE : 1;
    const most = own[limit] ?? Number.MAX_SAFE_INTEGER;
    const fits = isMoney ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (fits && value >= least && value <= most) continue;
    const from = isMoney ? 'above 0' : `at least ${least}`;
    const expected = own[limit] === undefined ? from : `${from} and at most ${most}`;
    throw errors.AF_RUN_LIMIT_INVALID({
      limit,
      value,
      expected: `a ${isMoney ? '' : 'whole '}number, ${expected}`,
    });
  }
  return { ...own, ...wanted };
}

/** Its own limits, and no more tokens and money than are left of those of its parent. */
export function childLimits(
  { progress: { limits, run } }: LiveRun,
  loaded: LoadedSubject,
): LoadedSubject['limits'] {
  const usedTokens = run.usage.inputTokens + run.usage.outputTokens;
  const usedUsd = (run.cost?.nanoUsd ?? 0) / 1e9;
  const least = (own: number | undefined, left: number | undefined): number | undefined =>
    left === undefined ? own : Math.min(own ?? left, left);
  const tokens = least(loaded.limits.tokens, limits.tokens && Math.max(limits.tokens - usedTokens, 1));
  const costUsd = least(loaded.limits.costUsd, limits.costUsd && Math.max(limits.costUsd - usedUsd, 1e-9));
  return {
    ...loaded.limits,
    ...(tokens !== undefined && { tokens }),
    ...(costUsd !== undefined && { costUsd }),
  };
}
