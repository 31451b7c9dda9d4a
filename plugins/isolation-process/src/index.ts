import { definePlugin, Isolation, type Plugin } from '@agent-factory/sdk';
import type { IsolationProcessConfig } from './config.ts';
import { ProcessIsolation } from './process-isolation.ts';

const plugin: Plugin<IsolationProcessConfig> = definePlugin<IsolationProcessConfig>({
  setup(ctx) {
    const isolation = new ProcessIsolation(ctx.config, ctx.log);
    ctx.own(() => isolation.close());
    ctx.provide(Isolation, isolation);
  },
});

export default plugin;
