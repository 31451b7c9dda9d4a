import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Maintenance, MaintenanceTask, readMigrations, Storage } from '@agent-factory/sdk/contracts';
import type { MaintenanceConfig } from './config.ts';
import { createMaintenance } from './maintenance.ts';

const plugin: Plugin<MaintenanceConfig> = definePlugin<MaintenanceConfig>({
  async setup(ctx) {
    const storage = ctx.use(Storage);
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('maintenance', readMigrations(folder, storage.dialect, 'platform'));
    const { maintenance, begin } = createMaintenance(storage, ctx.all(MaintenanceTask), ctx.config, ctx.log);
    ctx.provide(Maintenance, maintenance);
    if (ctx.platform.role !== 'api') ctx.serve(begin);
  },
});

export default plugin;
