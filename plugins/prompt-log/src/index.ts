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
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { PromptLogConfig } from './config.ts';
import { catchUpTask } from './catch-up-task.ts';
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
    if (days !== undefined)
      ctx.contribute(MaintenanceTask, createRetentionTask(tenants, useTenant, { days }));
    ctx.contribute(Permission, {
      name: 'prompt-log:read',
      description: 'Read what was asked of models and tools, and what they answered.',
      roles: ['operator', 'builder', 'tenant-admin'],
    });
    for (const route of promptLogRoutes(log)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
