import {
  everyTenant,
  runSlackMs,
  type MaintenanceTask,
  type TenantStorage,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import { catchUp, type CatchUpParts } from './catch-up.ts';
import { hourMs } from './counts.ts';

/** Reads the journals of all tenants, so that what the journal removes one day is counted by then. */
export function catchUpTask(tenants: TenantStorage, parts: CatchUpParts, everyMs: number): MaintenanceTask {
  return {
    name: 'telemetry-catch-up',
    description: 'Counts what runs did, off the journal.',
    everyMs,
    async run({ signal }) {
      let counted = 0;
      for await (const tenant of everyTenant(tenants)) {
        counted += await catchUp(tenant, parts, { slack: runSlackMs, signal });
        if (signal.aborted) break;
      }
      return { counted };
    },
  };
}

/** Removes counts whose time is over, an hour after another. */
export function retentionTask(
  tenants: TenantStorage,
  useTenant: UseTenant,
  { days, now = Date.now }: { readonly days: number; readonly now?: () => number },
): MaintenanceTask {
  return {
    name: 'telemetry-retention',
    description: `Removes counts of runs that are older than ${days} days.`,
    everyMs: hourMs,
    async run({ signal }) {
      const before = now() - days * 24 * hourMs;
      let removed = 0;
      for await (const tenant of everyTenant(tenants)) {
        while (!signal.aborted) {
          const went = await useTenant(tenant, async (database) => {
            const [oldest] = await database.query<{ readonly hour: number }>(
              'SELECT hour FROM af_telemetry_sql_hours WHERE hour < ? ORDER BY hour LIMIT 1',
              [before],
            );
            if (!oldest) return 0;
            const { changes } = await database.execute('DELETE FROM af_telemetry_sql_hours WHERE hour = ?', [
              oldest.hour,
            ]);
            return changes;
          });
          removed += went;
          if (went === 0) break;
        }
        if (signal.aborted) break;
      }
      return { removed };
    },
  };
}
