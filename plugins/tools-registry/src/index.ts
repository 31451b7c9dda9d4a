import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  defaultTenant,
  HttpRoute,
  Permission,
  readMigrations,
  Signals,
  TenantStorage,
  Tool,
  ToolKind,
  ToolRegistry,
  ToolSource,
} from '@agent-factory/sdk/contracts';
import type { ToolsRegistryConfig } from './config.ts';
import { createRegistryTools } from './registry-tools.ts';
import { registryPermissions, registryRoutes } from './routes/registry-routes.ts';

const plugin: Plugin<ToolsRegistryConfig> = definePlugin<ToolsRegistryConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('tools-registry', readMigrations(folder, dialect, 'tenant'));
    const { registry, source, watch, close } = await createRegistryTools({
      config: ctx.config,
      tenants,
      signals: ctx.tryUse(Signals),
      kinds: ctx.all(ToolKind),
      own: ctx.all(Tool).map(({ value }) => value),
      validator: (schema, options) => ctx.validator(schema, options),
      log: ctx.log,
      signal: ctx.signal,
    });
    ctx.own(close);
    ctx.serve(watch);
    ctx.provide(ToolRegistry, registry);
    ctx.contribute(ToolSource, source);
    for (const permission of registryPermissions) ctx.contribute(Permission, permission);
    for (const route of registryRoutes(registry)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
