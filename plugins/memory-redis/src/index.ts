import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConversationMemory, MaintenanceTask, TenantEraser } from '@agent-factory/sdk/contracts';
import type { RedisMemoryConfig } from './config.ts';
import { createRedisMemory } from './redis-memory.ts';

const sweepSize = 1_000;

const plugin: Plugin<RedisMemoryConfig> = definePlugin<RedisMemoryConfig>({
  setup(ctx) {
    const { url, sweepEveryMs, ...options } = ctx.config;
    const memory = createRedisMemory({ ...options, url: url.reveal(), log: ctx.log });
    ctx.own(() => memory.close());
    ctx.provide(ConversationMemory, memory);
    ctx.contribute(MaintenanceTask, {
      name: 'memory-redis-sweep',
      description: 'Takes conversations that are over off the lists; Redis itself removes what they held.',
      everyMs: sweepEveryMs,
      async run({ signal }) {
        let removed = 0;
        for (let went = sweepSize; went >= sweepSize && !signal.aborted; removed += went)
          went = await memory.sweep({ limit: sweepSize });
        return { removed };
      },
    });
    ctx.contribute(TenantEraser, { name: 'memory-redis', erase: (tenant) => memory.erase(tenant) });
    ctx.health(() => memory.check());
  },
});

export default plugin;
