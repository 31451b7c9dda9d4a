import { definePlugin, isAgentFactoryError, type Plugin } from '@agent-factory/sdk';
import { TextSearch, Tool } from '@agent-factory/sdk/contracts';
import { createBuiltinTools } from './builtin-tools.ts';
import type { ToolsBuiltinConfig } from './config.ts';

const plugin: Plugin<ToolsBuiltinConfig> = definePlugin<ToolsBuiltinConfig>({
  setup(ctx) {
    const { tools, check, close } = createBuiltinTools({
      config: ctx.config,
      textSearch: ctx.use(TextSearch),
      log: ctx.log,
    });
    for (const tool of tools) ctx.contribute(Tool, tool);
    ctx.own(close);
    // A folder that is missing stops its searches, with the reason, and nothing else.
    ctx.health(() =>
      check().catch((error: unknown) => {
        if (!isAgentFactoryError(error)) throw error;
        ctx.log.warn(error.message, { code: error.code, fix: error.fix });
      }),
    );
  },
});

export default plugin;
