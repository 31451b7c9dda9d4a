import { allows, type Accounts, type AccountRights } from '@agent-factory/sdk/contracts';
import type { Passwords } from './passwords.ts';

/** Who stands behind a link that the platform itself made. */
export const platformItself = 'the platform';

/** What is looked at. */
export interface InviteParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
}

/**
 * Whether an account is only of this tenant and has no password yet. An account is the same in all its tenants: only who
 * manages accounts of the platform may become somebody who is not.
 */
export async function isFresh(
  { accounts, passwords }: InviteParts,
  account: string,
  tenant: string,
): Promise<boolean> {
  if (await passwords.isSet(account)) return false;
  return (await accounts.memberships(account)).every((membership) => membership.tenant === tenant);
}

/** Everything a member may do, to whatever. */
export function everythingOf({
  permissions,
  grants,
}: Pick<AccountRights, 'permissions' | 'grants'>): string[] {
  return [...permissions, ...grants.map(({ permission }) => permission)];
}

/** Whether whoever made a link could make it again now: rights change between the making and the use. */
export async function mayStillInvite(parts: InviteParts, maker: string, account: string): Promise<boolean> {
  if (maker === platformItself) return true;
  const { accounts } = parts;
  for (const { tenant } of await accounts.memberships(maker)) {
    const [mine, theirs] = [await accounts.rights(maker, tenant), await accounts.rights(account, tenant)];
    if (!mine || !theirs || !allows(mine, 'members:write')) continue;
    if (!everythingOf(theirs).every((permission) => allows(mine, permission))) continue;
    if (allows(mine, 'accounts:write') || (await isFresh(parts, account, tenant))) return true;
  }
  return false;
}
