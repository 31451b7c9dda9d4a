import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  createUseTenant,
  defaultTenant,
  HttpRoute,
  Journal,
  MaintenanceTask,
  Permission,
  readMigrations,
  TenantAnalytics,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { TelemetrySqlConfig } from './config.ts';
import { telemetryPermissions, telemetryRoutes } from './routes/telemetry-routes.ts';
import { createTelemetryReader } from './sql-telemetry.ts';
import { catchUpTask, retentionTask } from './tasks.ts';

const plugin: Plugin<TelemetrySqlConfig> = definePlugin<TelemetrySqlConfig>({
  async setup(ctx) {
    const { days, everyMs } = ctx.config;
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('telemetry-sql', readMigrations(folder, dialect, 'tenant'));
    const useTenant = createUseTenant(tenants);
    const parts = { journal: ctx.use(Journal), useTenant };
    ctx.contribute(MaintenanceTask, catchUpTask(tenants, parts, everyMs));
    ctx.contribute(MaintenanceTask, retentionTask(tenants, useTenant, { days }));
    for (const permission of telemetryPermissions) ctx.contribute(Permission, permission);
    const reader = createTelemetryReader(parts, ctx.use(TenantAnalytics));
    for (const route of telemetryRoutes(reader)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
