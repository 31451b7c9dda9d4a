import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  defaultTenant,
  MaintenanceTask,
  sweepTask,
  TenantStorage,
  VectorStore,
} from '@agent-factory/sdk/contracts';
import type { SqlVectorConfig } from './config.ts';
import { createSqlVectorStore } from './sql-vector.ts';

const plugin: Plugin<SqlVectorConfig> = definePlugin<SqlVectorConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const store = await createSqlVectorStore(tenants, dialect, ctx.config);
    ctx.provide(VectorStore, store);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'vector-sql-sweep',
        description: 'Removes documents that are over from the vector store.',
        everyMs: ctx.config.sweepEveryMs,
        sweep: (limit) => store.sweep({ limit }),
      }),
    );
    ctx.health(async () => {
      await store.tenant(defaultTenant).collections({ limit: 1 });
    });
  },
});

export default plugin;
