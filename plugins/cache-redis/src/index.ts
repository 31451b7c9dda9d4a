import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Cache, RateLimiter, TenantEraser } from '@agent-factory/sdk/contracts';
import type { RedisCacheConfig } from './config.ts';
import { createRedisCache } from './redis-cache.ts';

const plugin: Plugin<RedisCacheConfig> = definePlugin<RedisCacheConfig>({
  async setup(ctx) {
    const { url, ...options } = ctx.config;
    const cache = createRedisCache({ ...options, url: url.reveal(), log: ctx.log });
    ctx.own(() => cache.close());
    ctx.provide(Cache, cache);
    ctx.provide(RateLimiter, cache.limiter);
    ctx.contribute(TenantEraser, { name: 'cache-redis', erase: (tenant) => cache.erase(tenant) });
    // A server that is there is used from the first call on; one that is not holds up nobody for long.
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 1_000);
    });
    await Promise.race([cache.opened, patience]);
    clearTimeout(timer);
  },
});

export default plugin;
