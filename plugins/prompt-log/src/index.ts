import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  createUseTenant,
  defaultTenant,
  HttpRoute,
  Journal,
  MaintenanceTask,
  Permission,
  PromptLog,
  readMigrations,
  TenantSettings,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { PromptLogConfig } from './config.ts';
import { catchUpTask } from './catch-up-task.ts';
import { declareDays } from './declare-days.ts';
import { createPromptLog } from './prompt-log.ts';
import { createRedact } from './redact.ts';
import { createRetentionTask } from './retention-task.ts';
import { promptLogRoutes } from './routes/prompt-log-routes.ts';

const plugin: Plugin<PromptLogConfig> = definePlugin<PromptLogConfig>({
  async setup(ctx) {
    const { days, everyMs, fullText, redact } = ctx.config;
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('prompt-log', readMigrations(folder, dialect, 'tenant'));
    const useTenant = createUseTenant(tenants);
    const parts = { journal: ctx.use(Journal), useTenant, redact: createRedact(redact), fullText };
    const log = createPromptLog(parts);
    ctx.provide(PromptLog, log);
    ctx.contribute(MaintenanceTask, catchUpTask(tenants, parts, everyMs));
    const settings = ctx.tryUse(TenantSettings);
    const kept = settings && declareDays(settings, days);
    if (kept) ctx.own(kept);
    if (kept || days !== undefined) {
      const daysOf = async (tenant: string) => (kept ? kept.of(tenant) : (days ?? null));
      ctx.contribute(MaintenanceTask, createRetentionTask(tenants, useTenant, { daysOf }));
    }
    ctx.contribute(Permission, {
      name: 'prompt-log:read',
      description: 'Read what was asked of models and tools, and what they answered.',
      roles: ['operator', 'builder', 'tenant-admin'],
    });
    for (const route of promptLogRoutes(log)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
