import {
  createUseTenant,
  type AuditLog,
  type Storage,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { SqlChain } from './sql-chain.ts';

const mostChains = 1_000;

/** An audit log in the platform's storage and in that of each tenant. */
export interface SqlAuditLog extends AuditLog {
  /** Resolves once all that was given is written, or failed. */
  settled(): Promise<void>;
}

export function createSqlAudit(storage: Storage, tenants: TenantStorage): SqlAuditLog {
  const useTenant = createUseTenant(tenants);
  const platform = new SqlChain({
    use: (work) => work(storage),
    table: 'af_audit_sql_platform_entries',
    lock: 'audit-sql',
  });
  const chains = new Map<string, SqlChain>();

  const makeRoom = (): void => {
    if (chains.size < mostChains) return;
    for (const [tenant, chain] of chains) if (chain.isIdle) chains.delete(tenant);
  };

  return {
    chain(tenant) {
      if (tenant === undefined) return platform;
      const known = chains.get(tenant);
      if (known) return known;
      makeRoom();
      const made = new SqlChain({
        use: (work) => useTenant(tenant, work),
        table: 'af_audit_sql_entries',
        lock: `audit-sql:${tenant}`,
      });
      chains.set(tenant, made);
      return made;
    },
    async settled() {
      await Promise.all([platform, ...chains.values()].map((chain) => chain.settled()));
    },
  };
}
