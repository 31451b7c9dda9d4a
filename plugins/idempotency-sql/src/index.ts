import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  createTenantSweep,
  defaultTenant,
  MaintenanceTask,
  readMigrations,
  RequestLedger,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { IdempotencySqlConfig } from './config.ts';
import { createSqlIdempotency, sweepRequests } from './sql-idempotency.ts';

const sweepEveryMs = 3_600_000;
const mostSwept = 10_000;

const plugin: Plugin<IdempotencySqlConfig> = definePlugin<IdempotencySqlConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('idempotency-sql', readMigrations(folder, dialect, 'tenant'));
    ctx.provide(RequestLedger, createSqlIdempotency(tenants, ctx.config));
    const sweep = createTenantSweep(tenants, sweepRequests);
    ctx.contribute(MaintenanceTask, {
      name: 'idempotency-sweep',
      description: 'Removes idempotency keys that are over.',
      everyMs: sweepEveryMs,
      run: async () => ({ removed: await sweep(mostSwept) }),
    });
  },
});

export default plugin;
