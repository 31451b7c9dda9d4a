import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  HttpRoute,
  MaintenanceTask,
  Permission,
  RunReplay,
  sweepTask,
} from '@agent-factory/sdk/contracts';
import { createAgentRuntime } from './agent-runtime.ts';
import type { AgentRuntimeConfig } from './config.ts';
import { agentRoutes } from './routes/agent-routes.ts';
import { runtimePermissions } from './routes/runtime-permissions.ts';

/** Milliseconds between sweeps of what runs of their own began with. */
const sweepEveryMs = 21_600_000;

const plugin: Plugin<AgentRuntimeConfig> = definePlugin<AgentRuntimeConfig>({
  async setup(ctx) {
    const { runtime, replay, journal, memories, sweep, serve, close } = await createAgentRuntime(ctx);
    ctx.own(close);
    ctx.provide(AgentRuntime, runtime);
    ctx.provide(RunReplay, replay);
    for (const permission of runtimePermissions) ctx.contribute(Permission, permission);
    for (const route of agentRoutes(runtime, replay, journal, memories)) ctx.contribute(HttpRoute, route);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'made-definitions-sweep',
        description:
          'Removes what was kept for runs with tools or a schema of their own, once these are gone.',
        everyMs: sweepEveryMs,
        size: 200,
        sweep,
      }),
    );
    ctx.serve(serve);
  },
});

export default plugin;
