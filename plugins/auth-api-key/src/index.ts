import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  Accounts,
  ApiKeys,
  Authenticator,
  createKeptValues,
  CredentialSource,
  HttpRoute,
  Permission,
  readMigrations,
  Signals,
  Storage,
} from '@agent-factory/sdk/contracts';
import { createApiKeys } from './api-key-auth.ts';
import type { AuthApiKeyConfig } from './config.ts';
import { createKeyAuthenticator } from './key-authenticator.ts';
import type { KeyRow } from './key-rows.ts';
import { keyPermissions, keyRoutes } from './key-routes.ts';

const plugin: Plugin<AuthApiKeyConfig> = definePlugin<AuthApiKeyConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const [storage, accounts] = [ctx.use(Storage), ctx.use(Accounts)];
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('auth-api-key', readMigrations(folder, storage.dialect, 'platform'));
    const signals = ctx.tryUse(Signals);
    const kept = createKeptValues<KeyRow | undefined>({
      channel: 'api_keys',
      keepMs: config.keepMs,
      signals,
      log,
    });
    const keys = createApiKeys({ storage, accounts, kept, config });
    const { authenticator, source, settled } = createKeyAuthenticator({ storage, accounts, kept, log });
    ctx.own(async () => {
      kept.close();
      await settled();
    });
    ctx.provide(ApiKeys, keys);
    ctx.contribute(Authenticator, authenticator);
    ctx.contribute(CredentialSource, source);
    for (const permission of keyPermissions) ctx.contribute(Permission, permission);
    for (const route of keyRoutes(keys, accounts)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
