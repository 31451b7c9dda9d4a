import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { defaultTenant, MaintenanceTask, TenantStorage, VectorStore } from '@agent-factory/sdk/contracts';
import type { SqlVectorConfig } from './config.ts';
import { createSqlVectorStore } from './sql-vector.ts';

const sweepSize = 1_000;

const plugin: Plugin<SqlVectorConfig> = definePlugin<SqlVectorConfig>({
  async setup(ctx) {
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const store = await createSqlVectorStore(tenants, dialect, ctx.config);
    ctx.provide(VectorStore, store);
    ctx.contribute(MaintenanceTask, {
      name: 'vector-sql-sweep',
      description: 'Removes documents that are over from the vector store.',
      everyMs: ctx.config.sweepEveryMs,
      async run({ signal }) {
        let removed = 0;
        for (let went = sweepSize; went >= sweepSize && !signal.aborted; removed += went)
          went = await store.sweep({ limit: sweepSize });
        return { removed };
      },
    });
    ctx.health(async () => {
      await store.tenant(defaultTenant).collections({ limit: 1 });
    });
  },
});

export default plugin;
