import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Cache } from '@agent-factory/sdk/contracts';
import type { MemoryCacheConfig } from './config.ts';
import { createMemoryCache } from './memory-cache.ts';

const plugin: Plugin<MemoryCacheConfig> = definePlugin<MemoryCacheConfig>({
  setup(ctx) {
    const cache = createMemoryCache(ctx.config);
    ctx.own(() => cache.clear());
    ctx.provide(Cache, cache);
  },
});

export default plugin;
