import { join } from 'node:path';
import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  ArtifactStore,
  defaultTenant,
  HttpRoute,
  MaintenanceTask,
  Permission,
  Quotas,
  sweepTask,
  TenantStorage,
  Tool,
} from '@agent-factory/sdk/contracts';
import { artifactPermissions, artifactRoutes } from './artifact-routes.ts';
import type { ArtifactsFsConfig } from './config.ts';
import { ContentFiles } from './content-files.ts';
import { createFsArtifacts } from './fs-artifacts.ts';
import { createReadArtifact } from './read-artifact.ts';

const plugin: Plugin<ArtifactsFsConfig> = definePlugin<ArtifactsFsConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const files = new ContentFiles(ctx.config.folder ?? join(ctx.platform.dataDir, 'artifacts'));
    const store = await createFsArtifacts({
      tenants,
      dialect,
      files,
      config: ctx.config,
      quotas: ctx.tryUse(Quotas),
    });
    ctx.provide(ArtifactStore, store);
    ctx.contribute(Tool, createReadArtifact(store));
    for (const permission of artifactPermissions) ctx.contribute(Permission, permission);
    for (const route of artifactRoutes(store)) ctx.contribute(HttpRoute, route);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'artifacts-fs-sweep',
        description: 'Removes artifacts that are over, and files that nothing points to.',
        everyMs: ctx.config.sweepEveryMs,
        sweep: (limit) => store.sweep({ limit }),
      }),
    );
  },
});

export default plugin;
