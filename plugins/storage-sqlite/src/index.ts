import { join } from 'node:path';
import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  MigrationLedger,
  Storage,
  StorageTransfer,
  TenantAnalytics,
  TenantStorage,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import type { SqliteStorageConfig } from './config.ts';
import { openSqlitePlatform } from './sqlite-platform.ts';

const plugin: Plugin<SqliteStorageConfig> = definePlugin<SqliteStorageConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const { dataDir, kernelVersion } = ctx.platform;
    const file = config.file ?? join(dataDir, 'agent-factory.db');
    const platform = await ctx.resource(
      `sqlite:${JSON.stringify({ ...config, file })}`,
      () => openSqlitePlatform({ ...config, file, kernelVersion, log }),
      (open) => open.close(),
    );
    ctx.provide(Storage, platform.storage);
    // Only what the contract names: the rest is for the parts of this plugin.
    const { tenant, create, erase, list, migrate } = platform.tenants;
    ctx.provide(TenantStorage, { tenant, create, erase, list, migrate });
    ctx.provide(TenantAnalytics, platform.analytics);
    ctx.provide(MigrationLedger, platform.ledger);
    ctx.provide(StorageTransfer, platform.transfer);
    ctx.provide(TextSearch, platform.textSearch);
    ctx.health(() => platform.check());
  },
});

export default plugin;
