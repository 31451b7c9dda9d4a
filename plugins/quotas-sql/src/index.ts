import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  HttpRoute,
  Journal,
  MaintenanceTask,
  Permission,
  Quotas,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { QuotasSqlConfig } from './config.ts';
import { quotaPermissions, quotaRoutes } from './routes/quota-routes.ts';
import { createSqlQuotas } from './sql-quotas.ts';

/** Milliseconds between looks for places of runs that nobody works on any more. */
const tidyEveryMs = 60_000;

const plugin: Plugin<QuotasSqlConfig> = definePlugin<QuotasSqlConfig>({
  async setup(ctx) {
    const quotas = await createSqlQuotas({
      tenants: ctx.use(TenantStorage),
      journal: ctx.use(Journal),
      defaults: ctx.config.limits,
    });
    ctx.provide(Quotas, quotas);
    ctx.contribute(MaintenanceTask, {
      name: 'quotas-places',
      description: 'Gives back the places of runs that nobody works on any more.',
      everyMs: tidyEveryMs,
      run: async ({ signal }) => ({ freed: await quotas.tidy(signal) }),
    });
    for (const permission of quotaPermissions) ctx.contribute(Permission, permission);
    for (const route of quotaRoutes(quotas)) ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
