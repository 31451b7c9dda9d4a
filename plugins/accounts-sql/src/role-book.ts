import {
  accountsErrors as errors,
  builtInRoles,
  permissionNamePattern,
  type BuiltInRole,
  type Permission,
  type Role,
  type Storage,
} from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';
import { namesOf, type AccountTables } from './account-tables.ts';

const namePattern = /^[a-z][a-z0-9-]{0,39}$/;

/** Roles: those that are built in, of which permissions say what they may do, and those of each tenant. */
export interface RoleBook {
  know(permissions: readonly Permission[]): void;
  permissions(): readonly Permission[];
  /** `from`: the transaction it is part of, where it is. */
  list(tenant: string, from?: Kysely<AccountTables>): Promise<readonly Role[]>;
  /** Throws what is wrong with a role that is to be kept. */
  check(role: Omit<Role, 'builtIn'>): void;
  /** Keeps a role that was checked. */
  put(tenant: string, role: Omit<Role, 'builtIn'>, from: Kysely<AccountTables>): Promise<Role>;
  remove(tenant: string, name: string, from: Kysely<AccountTables>): Promise<boolean>;
  /** What roles allow together; names nobody knows any more allow nothing. */
  permissionsOf(tenant: string, roles: readonly string[]): Promise<readonly string[]>;
}

/** Roles in the platform's storage. */
export function createRoleBook(storage: Storage): RoleBook {
  const db = queryBuilder<AccountTables>(storage);
  let known: readonly Permission[] = [];
  let names: ReadonlySet<string> = new Set();

  const builtIn = (): Role[] =>
    Object.entries(builtInRoles).map(([name, description]) => ({
      name,
      description,
      permissions: known.filter(({ roles }) => roles.includes(name as BuiltInRole)).map((one) => one.name), // its keys
      builtIn: true,
    }));

  const own = async (tenant: string, from: Kysely<AccountTables> = db): Promise<Role[]> => {
    const rows = await from
      .selectFrom('af_accounts_sql_roles')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    return rows.map(({ name, description, permissions }) => ({
      name,
      description,
      permissions: namesOf(permissions).filter((one) => names.has(one)),
      builtIn: false,
    }));
  };

  return {
    know(permissions) {
      known = [...permissions].sort((a, b) => (a.name < b.name ? -1 : 1));
      names = new Set(known.map(({ name }) => name));
    },
    permissions: () => known,
    list: async (tenant, from) => [...builtIn(), ...(await own(tenant, from))],
    check({ name, permissions }) {
      if (name in builtInRoles) throw errors.AF_ACCOUNTS_ROLE_BUILT_IN({ role: name });
      if (!namePattern.test(name))
        throw errors.AF_ACCOUNTS_INVALID({
          what: 'name of the role',
          reason: `"${name.slice(0, 60)}" is none`,
          mend: 'Use lower-case letters, digits and dashes, at most 40, beginning with a letter.',
        });
      const unknown = permissions.filter((one) => !permissionNamePattern.test(one) || !names.has(one));
      if (unknown.length > 0)
        throw errors.AF_ACCOUNTS_INVALID({
          what: `role "${name}"`,
          reason: `nobody knows the permission ${unknown.slice(0, 5).join(', ')}`,
          mend: 'See GET /api/v1/permissions for those there are.',
        });
    },
    async put(tenant, { name, description, permissions }, from) {
      const values = { description, permissions: JSON.stringify([...new Set(permissions)].sort()) };
      await from
        .insertInto('af_accounts_sql_roles')
        .values({ tenant, name, ...values })
        .onConflict((on) => on.columns(['tenant', 'name']).doUpdateSet(values))
        .execute();
      return { name, description, permissions: namesOf(values.permissions), builtIn: false };
    },
    async remove(tenant, name, from) {
      if (name in builtInRoles) throw errors.AF_ACCOUNTS_ROLE_BUILT_IN({ role: name });
      const { numDeletedRows } = await from
        .deleteFrom('af_accounts_sql_roles')
        .where('tenant', '=', tenant)
        .where('name', '=', name)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async permissionsOf(tenant, roles) {
      const needsOwn = roles.some((role) => !(role in builtInRoles));
      const all = needsOwn ? [...builtIn(), ...(await own(tenant))] : builtIn();
      const allowed = all.filter(({ name }) => roles.includes(name)).flatMap((role) => role.permissions);
      return [...new Set(allowed)].sort();
    },
  };
}
