import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import type { HttpOpenaiConfig } from './config.ts';
import { openaiRoutes } from './openai-http.ts';

const plugin: Plugin<HttpOpenaiConfig> = definePlugin<HttpOpenaiConfig>({
  setup(ctx) {
    for (const route of openaiRoutes(ctx.use(AgentRuntime))) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
