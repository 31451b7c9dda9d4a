import type { HttpRoute, Permission } from '@agent-factory/sdk/contracts';
import type { MetricsPage } from './scrape-listener.ts';

/** What reading metrics asks for: they are of all tenants together. */
export const metricsPermission: Permission = {
  name: 'metrics:read',
  description: 'Read the metrics of the platform.',
  roles: ['platform-admin'],
  scope: 'platform',
};

/** Where a scraper with a key reads them. */
export function metricsRoute(page: MetricsPage): HttpRoute {
  return {
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Metrics of this process, as Prometheus reads them.',
    tag: 'Platform',
    permission: metricsPermission.name,
    responses: {
      200: {
        description: 'The metrics.',
        contentType: page.contentType,
        schema: { type: 'string' },
        example: 'agent_factory_runs_ended_total{outcome="succeeded"} 12\n',
      },
    },
    rate: 'read',
    handler: async () => ({ headers: { 'cache-control': 'no-store' }, body: await page.text() }),
  };
}
