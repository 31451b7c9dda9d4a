import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  defaultTenant,
  MaintenanceTask,
  PluginData,
  readMigrations,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { SqlDataConfig } from './config.ts';
import { createSqlData } from './sql-data.ts';

const sweepSize = 1_000;

const plugin: Plugin<SqlDataConfig> = definePlugin<SqlDataConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('data-sql', readMigrations(folder, dialect, 'tenant'));
    const data = createSqlData(tenants, ctx.config);
    ctx.provide(PluginData, data);
    ctx.contribute(MaintenanceTask, {
      name: 'data-sql-sweep',
      description: 'Removes entries of plugins that are over.',
      everyMs: ctx.config.sweepEveryMs,
      async run({ signal }) {
        let removed = 0;
        for (let went = sweepSize; went >= sweepSize && !signal.aborted; removed += went)
          went = await data.sweep(sweepSize);
        return { removed };
      },
    });
    ctx.health(async () => {
      await data.usage({ plugin: ctx.plugin.id, tenant: defaultTenant });
    });
  },
});

export default plugin;
