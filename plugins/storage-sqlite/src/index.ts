import { join } from 'node:path';
import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Storage, TextSearch } from '@agent-factory/sdk/contracts';
import type { SqliteStorageConfig } from './config.ts';
import { openSqliteConnection } from './sqlite-connection.ts';
import { checkLedger } from './sqlite-migrations.ts';
import { createSqliteStorage } from './sqlite-storage.ts';
import { createSqliteTextSearch } from './sqlite-text-search.ts';

const plugin: Plugin<SqliteStorageConfig> = definePlugin<SqliteStorageConfig>({
  async setup(ctx) {
    const { durability, busyTimeoutMs } = ctx.config;
    const file = ctx.config.file ?? join(ctx.platform.dataDir, 'agent-factory.db');
    const connection = await ctx.resource(
      `sqlite:${file}:${durability}`,
      () => openSqliteConnection({ file, durability, busyTimeoutMs }),
      (open) => open.close(),
    );
    const storage = createSqliteStorage(connection, { busyTimeoutMs });
    ctx.provide(Storage, storage);
    ctx.provide(TextSearch, createSqliteTextSearch(storage));
    ctx.health(async () => {
      await storage.query('SELECT 1');
      checkLedger(connection);
    });
  },
});

export default plugin;
