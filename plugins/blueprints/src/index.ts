import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  BlueprintPackage,
  Blueprints,
  createUseTenant,
  defaultTenant,
  DocumentLoader,
  HttpRoute,
  Knowledge,
  Permission,
  readMigrations,
  TenantStorage,
  ToolRegistry,
} from '@agent-factory/sdk/contracts';
import { createBlueprints } from './blueprints.ts';
import type { BlueprintsConfig } from './config.ts';
import { blueprintPermissions, blueprintRoutes } from './routes/blueprint-routes.ts';

const plugin: Plugin<BlueprintsConfig> = definePlugin<BlueprintsConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('blueprints', readMigrations(folder, dialect, 'tenant'));
    const blueprints = createBlueprints({
      config: ctx.config,
      packages: ctx.all(BlueprintPackage),
      runtime: ctx.use(AgentRuntime),
      tools: ctx.tryUse(ToolRegistry),
      knowledge: ctx.tryUse(Knowledge),
      extensions: new Set(ctx.all(DocumentLoader).flatMap(({ value }) => value.extensions)),
      useTenant: createUseTenant(tenants),
      kernelVersion: ctx.platform.kernelVersion,
      validator: (schema, options) => ctx.validator(schema, options),
    });
    ctx.provide(Blueprints, blueprints);
    for (const permission of blueprintPermissions) ctx.contribute(Permission, permission);
    for (const route of blueprintRoutes(blueprints)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
