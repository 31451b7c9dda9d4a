import {
  everyTenant,
  runSlackMs,
  type MaintenanceTask,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { catchUp, type CatchUpParts } from './catch-up.ts';

/** Reads the journals of all tenants, so that what the journal removes one day is in the log by then. */
export function catchUpTask(tenants: TenantStorage, parts: CatchUpParts, everyMs: number): MaintenanceTask {
  return {
    name: 'prompt-log-catch-up',
    description: 'Takes what models and tools were asked from the journal into the prompt log.',
    everyMs,
    async run({ signal }) {
      let added = 0;
      for await (const tenant of everyTenant(tenants)) {
        added += await catchUp(tenant, parts, { slack: runSlackMs, signal });
        if (signal.aborted) break;
      }
      return { added };
    },
  };
}
