import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { AgentRuntime, HttpRoute, Permission, RunReplay } from '@agent-factory/sdk/contracts';
import { createAgentRuntime } from './agent-runtime.ts';
import type { AgentRuntimeConfig } from './config.ts';
import { agentRoutes } from './routes/agent-routes.ts';
import { runtimePermissions } from './routes/runtime-permissions.ts';

const plugin: Plugin<AgentRuntimeConfig> = definePlugin<AgentRuntimeConfig>({
  async setup(ctx) {
    const { runtime, replay, journal, memories, serve, close } = await createAgentRuntime(ctx);
    ctx.own(close);
    ctx.provide(AgentRuntime, runtime);
    ctx.provide(RunReplay, replay);
    for (const permission of runtimePermissions) ctx.contribute(Permission, permission);
    for (const route of agentRoutes(runtime, replay, journal, memories)) ctx.contribute(HttpRoute, route);
    ctx.serve(serve);
  },
});

export default plugin;
