import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ArtifactStore, SecretStore, ToolKind } from '@agent-factory/sdk/contracts';
import type { ToolsMcpConfig } from './config.ts';
import { createMcpTools } from './mcp-tools.ts';

const plugin: Plugin<ToolsMcpConfig> = definePlugin<ToolsMcpConfig>({
  setup(ctx) {
    const { config, platform } = ctx;
    const [secrets, artifacts] = [ctx.tryUse(SecretStore), ctx.tryUse(ArtifactStore)];
    ctx.contribute(ToolKind, createMcpTools({ config, secrets, artifacts, baseDir: platform.baseDir }));
  },
});

export default plugin;
