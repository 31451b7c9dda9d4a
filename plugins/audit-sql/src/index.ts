import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AuditLog,
  HttpRoute,
  Permission,
  readMigrations,
  Storage,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { auditPermissions, auditRoutes } from './audit-routes.ts';
import type { AuditSqlConfig } from './config.ts';
import { createSqlAudit } from './sql-audit.ts';

const plugin: Plugin<AuditSqlConfig> = definePlugin<AuditSqlConfig>({
  async setup(ctx) {
    const [storage, tenants] = [ctx.use(Storage), ctx.use(TenantStorage)];
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('audit-sql', readMigrations(folder, storage.dialect, 'platform'));
    await tenants.migrate('audit-sql', readMigrations(folder, storage.dialect, 'tenant'));
    const audit = createSqlAudit(storage, tenants);
    ctx.own(() => audit.settled());
    ctx.provide(AuditLog, audit);
    for (const permission of auditPermissions) ctx.contribute(Permission, permission);
    for (const route of auditRoutes(audit)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
