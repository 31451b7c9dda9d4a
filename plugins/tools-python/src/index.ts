import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ArtifactStore, ProcessSandbox, Tool } from '@agent-factory/sdk/contracts';
import type { ToolsPythonConfig } from './config.ts';
import { createPythonTools } from './python-tools.ts';

const plugin: Plugin<ToolsPythonConfig> = definePlugin<ToolsPythonConfig>({
  async setup(ctx) {
    const { tools, engine, close } = await createPythonTools({
      config: ctx.config,
      sandbox: ctx.use(ProcessSandbox),
      artifacts: ctx.tryUse(ArtifactStore),
      baseDir: ctx.platform.baseDir,
    });
    ctx.own(close);
    for (const tool of tools) ctx.contribute(Tool, tool);
    if (engine !== undefined) ctx.log.info('Python tools are ready.', { engine, tools: tools.length });
  },
});

export default plugin;
