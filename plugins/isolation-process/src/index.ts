import { definePlugin, Isolation, type Plugin } from '@agent-factory/sdk';
import { ProcessSandbox } from '@agent-factory/sdk/contracts';
import type { IsolationProcessConfig } from './config.ts';
import { ProcessIsolation } from './process-isolation.ts';
import { RunnerPool } from './runner-pool.ts';
import { Sandboxes } from './sandboxes.ts';

const plugin: Plugin<IsolationProcessConfig> = definePlugin<IsolationProcessConfig>({
  setup(ctx) {
    const pool = new RunnerPool(ctx.config);
    const isolation = new ProcessIsolation(ctx.config, ctx.log, pool);
    const sandboxes = new Sandboxes(ctx.config, pool);
    ctx.own(() => isolation.close());
    ctx.own(() => sandboxes.close());
    ctx.provide(Isolation, isolation);
    ctx.provide(ProcessSandbox, sandboxes);
  },
});

export default plugin;
