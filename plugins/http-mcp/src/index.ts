import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { AgentRuntime, HttpRoute, Tool, ToolSource } from '@agent-factory/sdk/contracts';
import type { HttpMcpConfig } from './config.ts';
import { mcpRoute } from './mcp-http.ts';

const plugin: Plugin<HttpMcpConfig> = definePlugin<HttpMcpConfig>({
  setup(ctx) {
    ctx.contribute(
      HttpRoute,
      mcpRoute({
        runtime: ctx.use(AgentRuntime),
        tools: ctx.all(Tool).map(({ value }) => value),
        sources: ctx.all(ToolSource).map(({ value }) => value),
        config: ctx.config,
        server: { name: ctx.platform.name, version: ctx.platform.kernelVersion },
        log: ctx.log,
      }),
    );
  },
});

export default plugin;
