import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  defaultTenant,
  MaintenanceTask,
  MigrationLedger,
  Storage,
  sweepTask,
  TenantAnalytics,
  TenantStorage,
  VectorStore,
} from '@agent-factory/sdk/contracts';
import type { SqlVectorConfig } from './config.ts';
import { errors } from './errors.ts';
import { findPgvector } from './find-pgvector.ts';
import { keepIndexes } from './keep-indexes.ts';
import { createSqlVectorStore } from './sql-vector.ts';

const plugin: Plugin<SqlVectorConfig> = definePlugin<SqlVectorConfig>({
  async setup(ctx) {
    const { pgvector, indexFrom, indexEveryMs, sweepEveryMs, cacheBytes } = ctx.config;
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const storage = ctx.tryUse(Storage);
    const ledger = ctx.tryUse(MigrationLedger);
    const analytics = ctx.tryUse(TenantAnalytics);
    const indexed = dialect === 'postgres' && pgvector !== 'off';
    if (indexed || pgvector === 'require') {
      const state = await findPgvector(storage);
      if (state.version === undefined) {
        const { present, reason, mend } = state;
        if (pgvector === 'require') throw errors.AF_VECTOR_SQL_PGVECTOR({ reason, mend });
        ctx.log[present ? 'warn' : 'info']('large collections are searched without an index', {
          reason,
          mend,
        });
      }
    }
    const store = await createSqlVectorStore(tenants, dialect, { cacheBytes, indexed, log: ctx.log });
    ctx.provide(VectorStore, store);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'vector-sql-sweep',
        description: 'Removes documents that are over from the vector store.',
        everyMs: sweepEveryMs,
        sweep: (limit) => store.sweep({ limit }),
      }),
    );
    if (indexed && storage && ledger && analytics)
      ctx.contribute(MaintenanceTask, {
        name: 'vector-sql-indexes',
        description: 'Brings the indexes of pgvector up to date, by which large collections are searched.',
        everyMs: indexEveryMs,
        run: ({ signal }) => keepIndexes({ tenants, storage, ledger, analytics, indexFrom }, signal),
      });
    ctx.health(async () => {
      await store.tenant(defaultTenant).collections({ limit: 1 });
    });
  },
});

export default plugin;
