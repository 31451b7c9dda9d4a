import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  defaultTenant,
  Journal,
  MaintenanceTask,
  Signals,
  TenantAnalytics,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { SqlJournalConfig } from './config.ts';
import { createRetentionTask } from './retention-task.ts';
import { createSqlJournal } from './sql-journal.ts';

const plugin: Plugin<SqlJournalConfig> = definePlugin<SqlJournalConfig>({
  async setup(ctx) {
    const { pollMs, durability, retention } = ctx.config;
    const tenants = ctx.use(TenantStorage);
    const analytics = ctx.use(TenantAnalytics);
    const signals = ctx.tryUse(Signals);
    const journal = await createSqlJournal({ tenants, analytics, signals, pollMs, durability });
    ctx.own(() => journal.close());
    ctx.provide(Journal, journal);
    if (retention !== undefined)
      ctx.contribute(MaintenanceTask, createRetentionTask({ tenants, ...retention }));
    ctx.health(async () => {
      await journal.tenant(defaultTenant).runs({ limit: 1 });
    });
  },
});

export default plugin;
