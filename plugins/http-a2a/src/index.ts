import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { AgentRuntime, Authenticator, HttpRoute } from '@agent-factory/sdk/contracts';
import { a2aRoutes } from './a2a-http.ts';
import type { HttpA2aConfig } from './config.ts';

const plugin: Plugin<HttpA2aConfig> = definePlugin<HttpA2aConfig>({
  setup(ctx) {
    const routes = a2aRoutes({
      runtime: ctx.use(AgentRuntime),
      config: ctx.config,
      version: ctx.platform.kernelVersion,
      hasLogin: ctx.all(Authenticator).length > 0,
      validator: ctx.validator,
      log: ctx.log,
    });
    for (const route of routes) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
