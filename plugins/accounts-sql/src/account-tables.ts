import type { Account, Membership, ResourceGrant } from '@agent-factory/sdk/contracts';

interface AccountRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly email: string | null;
  readonly disabled: number;
  readonly created_at: number;
}

/** A membership as it is kept. */
export interface MemberRow {
  readonly id: string;
  readonly account: string;
  readonly tenant: string;
  readonly roles: string;
  readonly grants: string;
  readonly created_at: number;
}

/** The tables, as migrations make them. */
export interface AccountTables {
  af_accounts_sql_accounts: AccountRow;
  af_accounts_sql_members: MemberRow;
  af_accounts_sql_roles: {
    readonly tenant: string;
    readonly name: string;
    readonly description: string;
    readonly permissions: string;
  };
}

/** An account from its row. */
export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    kind: row.kind === 'service' ? 'service' : 'user',
    name: row.name,
    ...(row.email !== null && { email: row.email }),
    disabled: row.disabled === 1,
    createdAt: row.created_at,
  };
}

/** A membership from its row. */
export function memberOf({ account, tenant, roles, grants }: MemberRow): Membership {
  return { account, tenant, roles: namesOf(roles), grants: JSON.parse(grants) as ResourceGrant[] }; // as they were kept
}

/** Names from their column. */
export function namesOf(text: string): readonly string[] {
  return JSON.parse(text) as string[]; // as they were kept
}
