import { isAgentFactoryError, Secret, type Logger } from '@agent-factory/sdk';
import {
  secretNamePattern,
  type SecretStore,
  type SecretVault,
  type TenantSecrets,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import { nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { putSecret, removeSecret, rollbackSecret, type ChangeParts } from './change-secrets.ts';
import { checkChange } from './check-change.ts';
import type { SecretsSqlConfig } from './config.ts';
import { changing } from './data-keys.ts';
import type { KeyRing } from './key-ring.ts';
import { hostsOf, readFacts, readSealed, readVersions } from './read-secrets.ts';
import { openValue } from './sealed-value.ts';
import type { SecretDatabase, SecretTables } from './secret-tables.ts';

/** When a secret was used is noted to the hour. */
const usedEveryMs = 3_600_000;

/** What the store stands on. */
export interface SecretParts {
  readonly useTenant: UseTenant;
  readonly ring: KeyRing;
  readonly config: Pick<SecretsSqlConfig, 'maxSecrets' | 'maxValueBytes' | 'keepVersions'>;
  readonly log: Logger;
}

/** The secrets of tenants, as they are used. A tenant that is not there has none. */
export function createSecretStore({ useTenant, ring, log }: SecretParts): SecretStore {
  const ifThere = async <T>(
    tenant: string,
    none: T,
    work: (db: SecretDatabase) => Promise<T>,
  ): Promise<T> => {
    try {
      return await useTenant(tenant, (database) => work(queryBuilder<SecretTables>(database)));
    } catch (error) {
      const isNobody = ['AF_TENANT_UNKNOWN', 'AF_TENANT_ID_INVALID'] as const;
      if (isNobody.some((code) => isAgentFactoryError(error, code))) return none;
      throw error;
    }
  };
  const note = (tenant: string, name: string): Promise<unknown> =>
    useTenant(tenant, (database) => {
      const now = nowOf(database);
      return (
        queryBuilder<SecretTables>(database)
          .updateTable('af_secrets_sql_secrets')
          // Asked once: the clock of PostgreSQL goes on within a statement.
          .set({ last_used_at: sql<number>`${now} / ${sql.lit(usedEveryMs)} * ${sql.lit(usedEveryMs)}` })
          .where('name', '=', name)
          .execute()
      );
    }).catch((error: unknown) => {
      log.warn('that a secret was used could not be noted', { tenant, name, error: String(error) });
    });

  return {
    names: (tenant) =>
      ifThere<readonly string[]>(tenant, [], async (db) => {
        const rows = await db.selectFrom('af_secrets_sql_secrets').select('name').execute();
        return rows.map(({ name }) => name).sort(); // the same on every engine
      }),
    async find(tenant, name) {
      if (!secretNamePattern.test(name)) return undefined;
      const row = await ifThere(tenant, undefined, (db) => readSealed(db, name));
      if (!row) return undefined;
      const value = new Secret(openValue(ring, tenant, row));
      if (Date.now() - (row.last_used_at ?? 0) >= usedEveryMs) await note(tenant, name);
      return { value, hosts: hostsOf(row.hosts) };
    },
  };
}

/** The secrets of tenants, as they are kept. */
export function createTenantSecrets({ useTenant, ...parts }: SecretParts): Pick<SecretVault, 'tenant'> {
  return {
    tenant(tenant): TenantSecrets {
      const read = <T>(work: (db: SecretDatabase) => Promise<T>): Promise<T> =>
        useTenant(tenant, (database) => work(queryBuilder<SecretTables>(database)));
      const change = <T>(work: (change: ChangeParts) => Promise<T>): Promise<T> =>
        useTenant(tenant, (database) =>
          changing(database, tenant, (db) => work({ ...parts, db, database, tenant })),
        );
      return {
        list: () => read((db) => readFacts(db)),
        get: (name) =>
          read(async (db) => {
            const [facts] = await readFacts(db, name);
            return facts && { ...facts, versions: await readVersions(db, name) };
          }),
        put: async (name, asked, condition = {}) => {
          const checked = checkChange(name, asked, parts.config.maxValueBytes);
          return change((all) => putSecret(all, name, checked, condition));
        },
        rollback: (name, version, condition = {}) =>
          change((all) => rollbackSecret(all, name, version, condition)),
        remove: (name, condition = {}) => change((all) => removeSecret(all, name, condition)),
      };
    },
  };
}
