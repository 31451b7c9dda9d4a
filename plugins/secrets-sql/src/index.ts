import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  createUseTenant,
  defaultTenant,
  HttpRoute,
  Permission,
  readMigrations,
  SecretStore,
  SecretVault,
  TenantAnalytics,
  TenantEraser,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { SecretsSqlConfig } from './config.ts';
import { createKeyRing } from './key-ring.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { secretPermissions } from './routes/permissions.ts';
import { secretRoutes } from './routes/secret-routes.ts';
import { createSecretEraser } from './secret-eraser.ts';
import { createSecretKeys } from './secret-keys.ts';
import { createSecretStore, createTenantSecrets } from './sql-secrets.ts';

const plugin: Plugin<SecretsSqlConfig> = definePlugin<SecretsSqlConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const ring = createKeyRing(config.keys);
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('secrets-sql', readMigrations(folder, dialect, 'tenant'));
    const useTenant = createUseTenant(tenants);
    const parts = { useTenant, ring, config, log };
    const vault: SecretVault = {
      ...createTenantSecrets(parts),
      ...createSecretKeys({ tenants, analytics: ctx.use(TenantAnalytics), useTenant, ring }),
    };
    ctx.provide(SecretStore, createSecretStore(parts));
    ctx.provide(SecretVault, vault);
    ctx.contribute(TenantEraser, createSecretEraser(useTenant));
    for (const permission of secretPermissions) ctx.contribute(Permission, permission);
    for (const route of [...secretRoutes(vault), ...keyRoutes(vault)]) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
