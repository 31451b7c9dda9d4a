import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  Accounts,
  createKeptValues,
  HttpRoute,
  Permission,
  readMigrations,
  Signals,
  Storage,
  TenantEraser,
  TenantStorage,
  type AccountRights,
} from '@agent-factory/sdk/contracts';
import type { AccountsSqlConfig } from './config.ts';
import { createRoleBook } from './role-book.ts';
import { accountPermissions, accountRoutes } from './routes/account-routes.ts';
import { createSqlAccounts } from './sql-accounts.ts';

const plugin: Plugin<AccountsSqlConfig> = definePlugin<AccountsSqlConfig>({
  async setup(ctx) {
    const storage = ctx.use(Storage);
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('accounts-sql', readMigrations(folder, storage.dialect, 'platform'));
    const cache = createKeptValues<AccountRights | undefined>({
      channel: 'accounts',
      keepMs: ctx.config.rightsMs,
      signals: ctx.tryUse(Signals),
      log: ctx.log,
    });
    ctx.own(() => cache.close());
    const accounts = createSqlAccounts({ storage, roles: createRoleBook(storage), cache });
    ctx.provide(Accounts, accounts);
    for (const permission of accountPermissions) ctx.contribute(Permission, permission);
    const routes = accountRoutes(accounts, ctx.use(TenantStorage), ctx.all(TenantEraser));
    for (const route of routes) ctx.contribute(HttpRoute, route);
    ctx.health(async () => {
      await accounts.isEmpty();
    });
  },
});

export default plugin;
