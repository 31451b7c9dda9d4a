import type { TenantReplay } from '@agent-factory/sdk/contracts';
import type { PluginContext } from '@agent-factory/sdk';
import { forkRun } from '../fork/fork-run.ts';
import type { RuntimeContext } from '../run/runtime-context.ts';
import type { ReplayParts } from './replay-events.ts';
import { replayRun } from './run-replay.ts';

/** Replays and forks of the runs of one tenant. Cheap: made anew for each piece of work. */
export function createTenantReplay(
  tenant: string,
  context: RuntimeContext,
  parts: ReplayParts & { readonly validator: PluginContext['validator'] },
): TenantReplay {
  const journal = context.journal.tenant(tenant);
  return {
    replay: (runId, { signal } = {}) =>
      replayRun(tenant, runId, journal, parts, { most: context.config.maxReplayEvents, signal }),
    fork: (runId, request) =>
      forkRun(tenant, runId, request, context, { ...parts, definitionsOf: context.definitionsOf }),
  };
}
