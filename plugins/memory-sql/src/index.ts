import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  ConversationMemory,
  defaultTenant,
  MaintenanceTask,
  sweepTask,
  TenantStorage,
  WorkingMemory,
} from '@agent-factory/sdk/contracts';
import type { SqlMemoryConfig } from './config.ts';
import { createSqlMemory } from './sql-memory.ts';
import { createSqlWorkingMemory } from './sql-working-memory.ts';

const plugin: Plugin<SqlMemoryConfig> = definePlugin<SqlMemoryConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const memory = await createSqlMemory(tenants, dialect, ctx.config);
    ctx.provide(ConversationMemory, memory);
    const { validator } = ctx;
    ctx.provide(WorkingMemory, createSqlWorkingMemory(tenants, { ttlMs: ctx.config.ttlMs, validator }));
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'memory-sql-sweep',
        description: 'Removes conversations and working memories that are over.',
        everyMs: ctx.config.sweepEveryMs,
        sweep: (limit) => memory.sweep({ limit }),
      }),
    );
    ctx.health(async () => {
      await memory.tenant(defaultTenant).list({ limit: 1 });
    });
  },
});

export default plugin;
