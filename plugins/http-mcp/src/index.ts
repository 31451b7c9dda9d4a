import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  ArtifactStore,
  HttpRoute,
  McpPrompt,
  McpResource,
  PluginData,
  Signals,
  Tool,
  ToolSource,
} from '@agent-factory/sdk/contracts';
import { artifactResource } from './artifact-resource.ts';
import { isChosen, type HttpMcpConfig } from './config.ts';
import { mcpRoute, type McpParts } from './mcp-http.ts';
import { mcpEndRoute, mcpStreamRoute } from './mcp-stream.ts';
import { createPushes } from './pushes.ts';
import { createSessions } from './sessions.ts';

const plugin: Plugin<HttpMcpConfig> = definePlugin<HttpMcpConfig>({
  setup(ctx) {
    const { config, log } = ctx;
    const data = ctx.tryUse(PluginData);
    const artifacts = config.artifacts ? ctx.tryUse(ArtifactStore) : undefined;
    const resources = [
      ...ctx
        .all(McpResource)
        .map(({ value }) => value)
        .filter(({ name }) => isChosen(config.resources, name)),
      ...(artifacts ? [artifactResource(artifacts)] : []),
    ];
    const sessions =
      data && createSessions({ data, plugin: ctx.plugin.id, sessionMs: config.sessionMs, log });
    const pushes = createPushes(resources, sessions, ctx.tryUse(Signals));
    ctx.own(() => pushes[Symbol.dispose]());
    const parts: McpParts = {
      runtime: ctx.use(AgentRuntime),
      tools: ctx.all(Tool).map(({ value }) => value),
      sources: ctx.all(ToolSource).map(({ value }) => value),
      resources,
      prompts: ctx
        .all(McpPrompt)
        .map(({ value }) => value)
        .filter(({ name }) => isChosen(config.prompts, name)),
      sessions,
      pushes,
      validator: ctx.validator,
      config,
      server: { name: ctx.platform.name, version: ctx.platform.kernelVersion },
      log,
    };
    for (const route of [mcpRoute(parts), mcpStreamRoute(parts), mcpEndRoute(parts)])
      ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
