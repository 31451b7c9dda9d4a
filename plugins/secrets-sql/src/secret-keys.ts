import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  everyTenant,
  type SecretKeyUsage,
  type SecretVault,
  type TenantAnalytics,
  type TenantStorage,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { KeyRing } from './key-ring.ts';
import { rewrapTenant } from './rewrap-tenant.ts';

/** What is under which key, and all of it under the key that seals. */
export function createSecretKeys({
  tenants,
  analytics,
  useTenant,
  ring,
}: {
  readonly tenants: Pick<TenantStorage, 'list'>;
  readonly analytics: TenantAnalytics;
  readonly useTenant: UseTenant;
  readonly ring: KeyRing;
}): Pick<SecretVault, 'usage' | 'rewrap'> {
  return {
    async usage() {
      const counts = new Map<string, { wraps: number; made: number }>(
        ring.ids.map((id) => [id, { wraps: 0, made: 0 }]),
      );
      const of = (id: string): { wraps: number; made: number } => {
        const found = counts.get(id) ?? { wraps: 0, made: 0 };
        counts.set(id, found);
        return found;
      };
      const rows = await analytics.query<{ wrapped: string; made: string; count: number }>(
        `SELECT wrapped_by AS wrapped, made_under AS made, COUNT(*) AS count FROM af_secrets_sql_keys
         GROUP BY wrapped_by, made_under`,
      );
      for (const { wrapped, made, count } of rows) {
        of(wrapped).wraps += Number(count);
        of(made).made += Number(count);
      }
      return [...counts].map(([id, held]): SecretKeyUsage => {
        const state = id === ring.seals ? 'seals' : ring.ids.includes(id) ? 'opens' : 'missing';
        return { id, state, ...held };
      });
    },

    async rewrap({ after, limit = Infinity, renew = false, signal } = {}) {
      const report = { tenants: 0, rewrapped: 0, resealed: 0, unopened: 0 };
      let last: string | undefined;
      for await (const tenant of everyTenant(tenants, after)) {
        signal?.throwIfAborted();
        if (report.tenants >= limit && last !== undefined) return { ...report, next: last };
        try {
          const done = await useTenant(tenant, (database) => rewrapTenant(database, tenant, ring, renew));
          report.rewrapped += done.rewrapped;
          report.resealed += done.resealed;
          report.unopened += done.unopened;
        } catch (error) {
          if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error; // else it was erased meanwhile
        }
        report.tenants += 1;
        last = tenant;
      }
      return report;
    },
  };
}
