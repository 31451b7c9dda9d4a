import { createHash } from 'node:crypto';
import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  MigrationLedger,
  Signals,
  Storage,
  StorageTransfer,
  TenantAnalytics,
  TenantStorage,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import type { PostgresStorageConfig } from './config.ts';
import { createPostgresStorage, openPostgresServer } from './postgres-storage.ts';

const plugin: Plugin<PostgresStorageConfig> = definePlugin<PostgresStorageConfig>({
  async setup(ctx) {
    const { url: secret, ...settings } = ctx.config;
    const options = { ...settings, url: secret.reveal() };
    // The key is kept and may be shown; the password in it must not.
    const key = createHash('sha256').update(JSON.stringify(options)).digest('hex');
    const server = await ctx.resource(
      `postgres:${key}`,
      () => openPostgresServer(options),
      (open) => open.close(),
    );
    const parts = createPostgresStorage(server, ctx.platform);
    ctx.provide(Storage, parts.storage);
    ctx.provide(TenantStorage, parts.tenants);
    ctx.provide(TenantAnalytics, parts.analytics);
    ctx.provide(MigrationLedger, parts.ledger);
    ctx.provide(StorageTransfer, parts.transfer);
    ctx.provide(Signals, parts.signals);
    ctx.provide(TextSearch, parts.textSearch);
    ctx.health(() => parts.check());
  },
});

export default plugin;
