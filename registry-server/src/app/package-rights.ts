import { errors } from '../errors.ts';
import { grantTo, memberRole, orgExists, type OrgRole, type Permission } from '../store/orgs.ts';
import { ownersOf } from '../store/owners.ts';
import { findPackage } from '../store/packages.ts';
import { findAccount } from '../store/accounts.ts';
import type { Sql } from '../store/sql.ts';
import { reaches, type Caller } from './caller.ts';
import { ago, type Registry } from './registry.ts';

const day = 86_400_000;

/** The scope of a package's name, without the `@`. */
export function scopeOf(name: string): string | undefined {
  return /^@([^/]+)\//.exec(name)?.[1];
}

/** Whether somebody may see a restricted package. */
export async function mayRead(
  sql: Sql,
  name: string,
  { account }: Pick<Caller, 'account'>,
): Promise<boolean> {
  if (account.role === 'admin') return true;
  return (await permissionFor(sql, name, account.name)) !== undefined;
}

/** Those of some packages that somebody may see. */
export async function onlyReadable(
  sql: Sql,
  names: readonly string[],
  caller: Pick<Caller, 'account'> | undefined,
): Promise<string[]> {
  const shown: string[] = [];
  for (const name of names) {
    const isOpen = (await findPackage(sql, name))?.visibility !== 'restricted';
    if (isOpen || (caller && (await mayRead(sql, name, caller)))) shown.push(name);
  }
  return shown;
}

/** What an account may do with a package: as an owner, through the organisation, through a team. */
export async function permissionFor(
  sql: Sql,
  name: string,
  account: string,
): Promise<Permission | undefined> {
  const owners = await ownersOf(sql, name);
  if (owners.some((owner) => owner.account === account)) return 'read-write';
  const role = await roleFor(sql, name, account);
  if (role === 'owner' || role === 'admin') return 'read-write';
  return (await grantTo(sql, account, name)) ?? (role && 'read-only');
}

/**
 * Makes sure that somebody may change a package that is there.
 *
 * @throws AF_REGISTRY_PACKAGE_UNKNOWN, AF_REGISTRY_FORBIDDEN
 */
export async function requireChange(
  registry: Registry,
  sql: Sql,
  name: string,
  caller: Caller,
): Promise<void> {
  const found = await findPackage(sql, name);
  const account = caller.account.name;
  const permission = found && (await permissionFor(sql, name, account));
  if (
    !found ||
    (found.visibility === 'restricted' && permission === undefined && caller.account.role !== 'admin')
  )
    throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  const refuse = (reason: string): Error =>
    errors.AF_REGISTRY_FORBIDDEN({ account, action: 'change', subject: name, reason });
  if (permission !== 'read-write') throw refuse('the account is not among its owners.');
  requireReach(caller, name);
  await refuseIdle(registry, sql, name, account, refuse);
}

/**
 * Makes sure that somebody may begin a package.
 *
 * @returns whether its scope is claimed with it
 * @throws AF_REGISTRY_FORBIDDEN
 */
export async function requireBegin(sql: Sql, name: string, caller: Caller): Promise<boolean> {
  requireReach(caller, name);
  const scope = scopeOf(name);
  const account = caller.account.name;
  if (scope === undefined || scope === account) return false;
  if (await orgExists(sql, scope)) {
    if (await memberRole(sql, scope, account)) return false;
    const reason = `@${scope} belongs to others.`;
    throw errors.AF_REGISTRY_FORBIDDEN({ account, action: 'publish', subject: name, reason });
  }
  if (await findAccount(sql, scope)) {
    const reason = `@${scope} is the name of another account.`;
    throw errors.AF_REGISTRY_FORBIDDEN({ account, action: 'publish', subject: name, reason });
  }
  return true;
}

/** Makes sure that the caller's token may change a package. @throws AF_REGISTRY_FORBIDDEN */
function requireReach({ account, rights }: Caller, name: string): void {
  if (reaches(rights, name)) return;
  const reason = 'the token is for other packages.';
  throw errors.AF_REGISTRY_FORBIDDEN({ account: account.name, action: 'change', subject: name, reason });
}

/** A right that its owner has long not used is the one a thief finds. It lapses while another owner is active. */
async function refuseIdle(
  registry: Registry,
  sql: Sql,
  name: string,
  account: string,
  refuse: (reason: string) => Error,
): Promise<void> {
  const { idleDays } = registry.settings;
  const since = ago(registry, idleDays * day);
  const owners = await ownersOf(sql, name);
  const own = owners.find((owner) => owner.account === account);
  if (!own || own.used > since || !owners.some(({ used }) => used > since)) return;
  throw refuse(
    `the right was not used for ${idleDays} days; another owner can give it again: npm owner add ${account} ${name}.`,
  );
}

async function roleFor(sql: Sql, name: string, account: string): Promise<OrgRole | undefined> {
  const scope = scopeOf(name);
  return scope === undefined ? undefined : memberRole(sql, scope, account);
}
