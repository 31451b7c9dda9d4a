import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  defaultTenant,
  MaintenanceTask,
  PluginData,
  readMigrations,
  sweepTask,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { SqlDataConfig } from './config.ts';
import { createSqlData } from './sql-data.ts';

const plugin: Plugin<SqlDataConfig> = definePlugin<SqlDataConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('data-sql', readMigrations(folder, dialect, 'tenant'));
    const data = createSqlData(tenants, ctx.config);
    ctx.provide(PluginData, data);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'data-sql-sweep',
        description: 'Removes entries of plugins that are over.',
        everyMs: ctx.config.sweepEveryMs,
        sweep: (limit) => data.sweep(limit),
      }),
    );
    ctx.health(async () => {
      await data.usage({ plugin: ctx.plugin.id, tenant: defaultTenant });
    });
  },
});

export default plugin;
