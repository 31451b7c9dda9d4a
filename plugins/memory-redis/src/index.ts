import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConversationMemory, MaintenanceTask, sweepTask, TenantEraser } from '@agent-factory/sdk/contracts';
import type { RedisMemoryConfig } from './config.ts';
import { createRedisMemory } from './redis-memory.ts';

const plugin: Plugin<RedisMemoryConfig> = definePlugin<RedisMemoryConfig>({
  setup(ctx) {
    const { url, sweepEveryMs, ...options } = ctx.config;
    const memory = createRedisMemory({ ...options, url: url.reveal(), log: ctx.log });
    ctx.own(() => memory.close());
    ctx.provide(ConversationMemory, memory);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'memory-redis-sweep',
        description: 'Takes conversations that are over off the lists; Redis itself removes what they held.',
        everyMs: sweepEveryMs,
        sweep: (limit) => memory.sweep({ limit }),
      }),
    );
    ctx.contribute(TenantEraser, { name: 'memory-redis', erase: (tenant) => memory.erase(tenant) });
    ctx.health(() => memory.check());
  },
});

export default plugin;
