import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ArtifactStore, SecretStore, ToolKind } from '@agent-factory/sdk/contracts';
import type { ToolsOpenApiConfig } from './config.ts';
import { createOpenApiTools } from './openapi-tools.ts';

const plugin: Plugin<ToolsOpenApiConfig> = definePlugin<ToolsOpenApiConfig>({
  setup(ctx) {
    const kinds = createOpenApiTools({
      config: ctx.config,
      secrets: ctx.tryUse(SecretStore),
      artifacts: ctx.tryUse(ArtifactStore),
      baseDir: ctx.platform.baseDir,
    });
    for (const kind of kinds) ctx.contribute(ToolKind, kind);
  },
});

export default plugin;
