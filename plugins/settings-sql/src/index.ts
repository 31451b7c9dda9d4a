import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  createKeptValues,
  createUseTenant,
  defaultTenant,
  HttpRoute,
  Permission,
  readMigrations,
  Signals,
  TenantEraser,
  TenantSettings,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { SettingsSqlConfig } from './config.ts';
import { createDeclarations } from './declarations.ts';
import { settingPermissions } from './routes/permissions.ts';
import { settingRoutes } from './routes/setting-routes.ts';
import { createSqlSettings } from './sql-settings.ts';
import type { ValuesOfTenant } from './setting-values.ts';

/** Milliseconds after which values are read anew, where no signal told of a change. */
const keepMs = 5000;

const plugin: Plugin<SettingsSqlConfig> = definePlugin<SettingsSqlConfig>({
  async setup(ctx) {
    const { config, log, validator } = ctx;
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('settings-sql', readMigrations(folder, dialect, 'tenant'));
    const kept = createKeptValues<ValuesOfTenant>({
      channel: 'settings_sql_changed',
      keepMs,
      signals: ctx.tryUse(Signals),
      log,
    });
    ctx.own(() => kept.close());
    const declarations = createDeclarations(config, validator);
    const settings = createSqlSettings({ useTenant: createUseTenant(tenants), kept, declarations });
    ctx.provide(TenantSettings, settings);
    ctx.contribute(TenantEraser, { name: 'settings-sql', erase: () => kept.changed() });
    for (const permission of settingPermissions) ctx.contribute(Permission, permission);
    for (const route of settingRoutes(settings)) ctx.contribute(HttpRoute, route);
    // Only now has every plugin declared what it has.
    ctx.serve(() => {
      for (const problem of declarations.unused()) log.warn(problem);
    });
  },
});

export default plugin;
