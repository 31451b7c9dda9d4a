import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  AuditLog,
  beforeSettle,
  createSealedText,
  createTenantSweep,
  createUseTenant,
  defaultTenant,
  HttpRoute,
  Jobs,
  Journal,
  MaintenanceTask,
  onEvent,
  Permission,
  readMigrations,
  sweepTask,
  TenantAnalytics,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { createOutbound } from '@agent-factory/sdk/outbound';
import type { WebhooksConfig } from './config.ts';
import { deliveryRoutes } from './routes/delivery-routes.ts';
import { webhookPermissions, webhookRoutes } from './routes/webhook-routes.ts';
import { createSenders } from './send/senders.ts';
import { createSettling } from './settling.ts';
import { createSharedClock } from './shared-clock.ts';
import { removeEnded } from './store/delivery-rows.ts';
import { createWebhooks } from './webhooks.ts';

const sweepEveryMs = 3_600_000;

const plugin: Plugin<WebhooksConfig> = definePlugin<WebhooksConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const tenants = ctx.use(TenantStorage);
    const { dialect } = await tenants.tenant(defaultTenant);
    const folder = new URL('../migrations', import.meta.url);
    await tenants.migrate('webhooks', readMigrations(folder, dialect, 'tenant'));
    const useTenant = createUseTenant(tenants);
    const parts = {
      config,
      log,
      useTenant,
      sealed: createSealedText(config.keySecret.reveal(), 'webhooks secrets'),
      now: await createSharedClock(useTenant, dialect),
    };
    const senders = createSenders({
      ...parts,
      journal: ctx.use(Journal),
      jobs: ctx.use(Jobs),
      analytics: ctx.use(TenantAnalytics),
      audit: ctx.tryUse(AuditLog),
      outbound: createOutbound({
        allowHosts: config.allowHosts,
        settings: { hosts: '"allowHosts" of webhooks', time: '"timeoutMs" of webhooks' },
      }),
      role: ctx.platform.role,
      random: Math.random,
    });
    ctx.own(() => senders.close());
    const settling = createSettling(senders, parts.now);
    ctx.tap(beforeSettle, (settle) => settling.before(settle));
    ctx.tap(onEvent, (event) => settling.after(event));
    const webhooks = createWebhooks({ ...parts, senders });
    for (const permission of webhookPermissions) ctx.contribute(Permission, permission);
    for (const route of [...webhookRoutes(webhooks), ...deliveryRoutes(webhooks)])
      ctx.contribute(HttpRoute, route);
    ctx.contribute(
      MaintenanceTask,
      sweepTask({
        name: 'webhooks-sweep',
        description: 'Removes deliveries of webhooks that ended long ago.',
        everyMs: sweepEveryMs,
        sweep: createTenantSweep(tenants, (database, limit) =>
          removeEnded(database, parts.now() - config.keepMs, limit),
        ),
      }),
    );
    ctx.serve(() => senders.serve());
  },
});

export default plugin;
