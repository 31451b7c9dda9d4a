import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ModelPrices } from '@agent-factory/sdk/contracts';
import type { ModelPricesConfig } from './config.ts';
import { createModelPrices } from './model-prices.ts';

const plugin: Plugin<ModelPricesConfig> = definePlugin<ModelPricesConfig>({
  setup(ctx) {
    ctx.provide(ModelPrices, createModelPrices(ctx.config));
  },
});

export default plugin;
