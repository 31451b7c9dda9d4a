import type { TenantReplay } from '@agent-factory/sdk/contracts';
import type { RuntimeContext } from '../run/runtime-context.ts';
import type { ReplayParts } from './replay-events.ts';
import { replayRun } from './run-replay.ts';

/** Replays of the runs of one tenant. Cheap: made anew for each piece of work. */
export function createTenantReplay(
  tenant: string,
  context: RuntimeContext,
  parts: ReplayParts,
): TenantReplay {
  const journal = context.journal.tenant(tenant);
  return {
    replay: (runId) => replayRun(tenant, runId, journal, parts),
  };
}
