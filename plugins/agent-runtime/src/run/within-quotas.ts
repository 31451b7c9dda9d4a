import { isAgentFactoryError } from '@agent-factory/sdk';
import { limitsModels, quotaErrors, type Quotas } from '@agent-factory/sdk/contracts';
import type { LiveRun } from './live-run.ts';

/** How often a beginning is tried while others end and begin at the same moment. */
const mostTries = 5;

/** Whether a run's first events were refused, and nothing of it is there. */
export function isRefusedStart(error: unknown): boolean {
  return isAgentFactoryError(error, 'AF_STORAGE_GUARD_FAILED');
}

/** Begins a run, where its tenant has room for it: AF_QUOTA_EXCEEDED; AF_QUOTA_BUSY where others are always quicker. */
export async function withinQuotas<T>(
  quotas: Quotas | undefined,
  tenant: string,
  begin: () => Promise<T>,
): Promise<T> {
  if (!quotas) return begin();
  const own = quotas.tenant(tenant);
  await own.limits();
  for (let tries = 1; ; tries++) {
    try {
      return await begin();
    } catch (error) {
      if (!isRefusedStart(error)) throw error;
      if (tries === mostTries) throw quotaErrors.AF_QUOTA_BUSY({ tries }, { cause: error });
      await own.checkStart();
    }
  }
}

/** Before a model is asked: a run whose tenant has used up what it may ends with that; another model would not help. */
export async function checkQuotas(
  live: LiveRun,
  quotas: Quotas,
  model: string,
  isPriced: () => Promise<boolean>,
): Promise<void> {
  const own = quotas.tenant(live.tenant);
  if (!limitsModels(await live.guard(own.limits()))) return;
  try {
    // What its last answers used counts once they are written.
    await live.commit();
    await live.guard(own.checkCall(model, isPriced));
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_QUOTA_EXCEEDED')) live.interrupt({ kind: 'refused', error });
    throw error;
  }
}
