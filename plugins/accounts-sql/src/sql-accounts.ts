import { randomUUID } from 'node:crypto';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  accountsErrors as errors,
  tenantIdPattern,
  type AccountRights,
  type Accounts,
  type ChangeCondition,
  type KeptValues,
  type Membership,
  type Role,
  type Storage,
} from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';
import { accountOf, memberOf, type AccountTables, type MemberRow } from './account-tables.ts';
import { checkAccount, checkGrants, unknownAccount } from './account-rules.ts';
import { explainAccess } from './explain-access.ts';
import type { RoleBook } from './role-book.ts';

/** What accounts stand on. */
export interface AccountParts {
  readonly storage: Storage;
  readonly roles: RoleBook;
  readonly cache: KeptValues<AccountRights | undefined>;
}

/** Accounts in the platform's storage. */
export function createSqlAccounts({ storage, roles, cache }: AccountParts): Accounts {
  const db = queryBuilder<AccountTables>(storage);

  const accountRow = (idOrEmail: string) =>
    db
      .selectFrom('af_accounts_sql_accounts')
      .selectAll()
      .where((eb) => eb.or([eb('id', '=', idOrEmail), eb('email', '=', idOrEmail.toLowerCase())]))
      .executeTakeFirst();

  const membersOf = (account: string): Promise<MemberRow[]> =>
    db
      .selectFrom('af_accounts_sql_members')
      .selectAll()
      .where('account', '=', account)
      .orderBy('created_at')
      .orderBy('tenant')
      .execute();

  const rowOf = (from: Kysely<AccountTables>, id: string) =>
    from.selectFrom('af_accounts_sql_accounts').selectAll().where('id', '=', id).executeTakeFirst();

  const readRights = async (id: string, tenant?: string): Promise<AccountRights | undefined> => {
    const row = await rowOf(db, id);
    if (!row || row.disabled === 1) return undefined;
    const member = (await membersOf(id)).find((one) => tenant === undefined || one.tenant === tenant);
    if (!member) return undefined;
    const membership = memberOf(member);
    const permissions = await roles.permissionsOf(member.tenant, membership.roles);
    return { ...membership, membership: member.id, kind: accountOf(row).kind, permissions };
  };

  const rights: Accounts['rights'] = (account, tenant) => {
    // A request may name anything: what can be no tenant is not kept, least of all as if none had been named.
    if (tenant !== undefined && !tenantIdPattern.test(tenant)) return undefined;
    return cache.get(`${account}\n${tenant ?? ''}`, () => readRights(account, tenant));
  };

  /** A member is given a role, or a role removed, one after the other: nobody keeps the name of one that is gone. */
  const withRoles = <T>(tenant: string, work: (tx: Kysely<AccountTables>) => Promise<T>): Promise<T> =>
    withTransaction(storage, async (tx: Kysely<AccountTables>, handle) => {
      await handle.lock(`accounts-sql:roles:${tenant}`);
      return work(tx);
    });

  const ownRole = async (
    tx: Kysely<AccountTables>,
    tenant: string,
    name: string,
  ): Promise<Role | undefined> => (await roles.list(tenant, tx)).find((role) => role.name === name);

  const memberIn = async (
    tx: Kysely<AccountTables>,
    tenant: string,
    account: string,
  ): Promise<Membership | undefined> => {
    const row = await tx
      .selectFrom('af_accounts_sql_members')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('account', '=', account)
      .executeTakeFirst();
    return row && memberOf(row);
  };

  /** Members lose its name with it: another role of that name, made later, is not theirs. */
  const removeRole = (tenant: string, name: string, condition: ChangeCondition<Role>): Promise<boolean> =>
    withRoles(tenant, async (tx) => {
      condition.check?.(await ownRole(tx, tenant, name));
      const wasThere = await roles.remove(tenant, name, tx);
      const rows = await tx
        .selectFrom('af_accounts_sql_members')
        .selectAll()
        .where('tenant', '=', tenant)
        .execute();
      for (const row of rows) {
        const having = memberOf(row).roles;
        if (!having.includes(name)) continue;
        const left = JSON.stringify(having.filter((role) => role !== name));
        await tx
          .updateTable('af_accounts_sql_members')
          .set({ roles: left })
          .where('id', '=', row.id)
          .execute();
      }
      return wasThere;
    });

  const changing = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    await cache.changed();
    return result;
  };

  return {
    know(permissions) {
      roles.know(permissions);
      void cache.changed(); // which never fails
    },
    permissions: () => roles.permissions(),
    rights,
    explain: (account, what) => explainAccess({ rights, roles }, account, what),
    async account(idOrEmail) {
      const row = await accountRow(idOrEmail);
      return row && accountOf(row);
    },
    async isEmpty() {
      return (
        (await db.selectFrom('af_accounts_sql_accounts').select('id').limit(1).executeTakeFirst()) ===
        undefined
      );
    },
    async create(given) {
      const { kind, name, email } = checkAccount(given);
      const row = {
        id: `${kind === 'service' ? 'svc' : 'usr'}_${randomUUID().replaceAll('-', '').slice(0, 20)}`,
        kind,
        name,
        email: email ?? null,
        disabled: 0,
        created_at: Date.now(),
      };
      try {
        await db.insertInto('af_accounts_sql_accounts').values(row).execute();
      } catch (error) {
        if (!isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) throw error;
        throw errors.AF_ACCOUNTS_EMAIL_TAKEN({}, { cause: error });
      }
      return accountOf(row);
    },
    async disable(account, disabled, { check } = {}) {
      const set = withTransaction(storage, async (tx: Kysely<AccountTables>, handle) => {
        await handle.lock(`accounts-sql:account:${account}`);
        const row = await rowOf(tx, account);
        check?.(row && accountOf(row));
        if (!row) throw unknownAccount(account);
        await tx
          .updateTable('af_accounts_sql_accounts')
          .set({ disabled: disabled ? 1 : 0 })
          .where('id', '=', account)
          .execute();
      });
      await changing(set);
    },
    memberships: async (account) =>
      (await membersOf(account)).map((row) => ({ ...memberOf(row), membership: row.id })),
    async members(tenant) {
      const rows = await db
        .selectFrom('af_accounts_sql_members as m')
        .innerJoin('af_accounts_sql_accounts as a', 'a.id', 'm.account')
        .select(['m.id as member', 'm.account', 'm.tenant', 'm.roles', 'm.grants', 'm.created_at as joined'])
        .select(['a.id', 'a.kind', 'a.name', 'a.email', 'a.disabled', 'a.created_at'])
        .where('m.tenant', '=', tenant)
        .orderBy('m.account')
        .execute();
      return rows.map((row) => ({
        ...memberOf({ ...row, id: row.member, created_at: row.joined }),
        of: accountOf(row),
      }));
    },
    async setMember(tenant, account, { roles: wanted, grants = [] }, { check } = {}) {
      if (!(await accountRow(account))) throw unknownAccount(account);
      checkGrants(grants, roles.permissions());
      const values = { roles: JSON.stringify([...new Set(wanted)]), grants: JSON.stringify(grants) };
      await changing(
        withRoles(tenant, async (tx) => {
          check?.(await memberIn(tx, tenant, account));
          const known = new Set((await roles.list(tenant, tx)).map(({ name }) => name));
          const unknown = wanted.find((role) => !known.has(role));
          if (unknown !== undefined) throw errors.AF_ACCOUNTS_ROLE_UNKNOWN({ role: unknown.slice(0, 60) });
          await tx
            .insertInto('af_accounts_sql_members')
            .values({ id: randomUUID(), account, tenant, ...values, created_at: Date.now() })
            .onConflict((on) => on.columns(['account', 'tenant']).doUpdateSet(values))
            .execute();
        }),
      );
      return { account, tenant, roles: [...new Set(wanted)], grants };
    },
    async removeMember(tenant, account, { check } = {}) {
      const { numDeletedRows } = await changing(
        withRoles(tenant, async (tx) => {
          check?.(await memberIn(tx, tenant, account));
          return tx
            .deleteFrom('af_accounts_sql_members')
            .where('tenant', '=', tenant)
            .where('account', '=', account)
            .executeTakeFirst();
        }),
      );
      return numDeletedRows > 0n;
    },
    roles: (tenant) => roles.list(tenant),
    async putRole(tenant, role, { check } = {}) {
      roles.check(role);
      return changing(
        withRoles(tenant, async (tx) => {
          check?.(await ownRole(tx, tenant, role.name));
          return roles.put(tenant, role, tx);
        }),
      );
    },
    removeRole: (tenant, name, condition = {}) => changing(removeRole(tenant, name, condition)),
    permissionsOf: (tenant, names) => roles.permissionsOf(tenant, names),
    async forgetTenant(tenant) {
      await changing(
        storage.batch([
          { sql: 'DELETE FROM af_accounts_sql_members WHERE tenant = ?', params: [tenant] },
          { sql: 'DELETE FROM af_accounts_sql_roles WHERE tenant = ?', params: [tenant] },
        ]),
      );
    },
  };
}
