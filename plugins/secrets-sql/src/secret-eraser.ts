import { isAgentFactoryError } from '@agent-factory/sdk';
import type { TenantEraser, UseTenant } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { SecretTables } from './secret-tables.ts';

/**
 * Of a tenant that is erased, the data keys go first, in a statement of their own: what is left of its values, in pages
 * that the engine has not overwritten yet, opens for nobody.
 */
export function createSecretEraser(useTenant: UseTenant): TenantEraser {
  return {
    name: 'secrets-sql',
    async erase(tenant) {
      try {
        await useTenant(tenant, async (database) => {
          const db = queryBuilder<SecretTables>(database);
          await db.deleteFrom('af_secrets_sql_keys').execute();
          await db.deleteFrom('af_secrets_sql_versions').execute();
          await db.deleteFrom('af_secrets_sql_secrets').execute();
        });
      } catch (error) {
        if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error; // nothing is there
      }
    },
  };
}
