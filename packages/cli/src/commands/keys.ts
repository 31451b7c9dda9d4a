import {
  Accounts,
  ApiKeys,
  permissionNamePattern,
  TenantStorage,
  type ApiKey,
  type TenantApiKeys,
} from '@agent-factory/sdk/contracts';
import type { CommonOptions } from '../boot.ts';
import { duration } from '../duration.ts';
import { errors } from '../errors.ts';
import { print, remark, table } from '../terminal.ts';
import { withStorage, type StoragePlatform } from '../with-storage.ts';

/** Whoever runs commands can also change the database, so nobody is asked for a right here. */
const madeBy = 'command-line';

/** Options of every `key` command. */
export interface KeyOptions {
  readonly tenant: string;
  readonly json?: boolean;
}

/** Options of `key create`. */
export interface KeyCreateOptions extends KeyOptions {
  readonly name: string;
  readonly role: readonly string[];
  readonly scope: readonly string[];
  readonly expires?: string;
}

/** `agent-factory key create`: the first key of a platform is made so. */
export async function createKey(
  account: string | undefined,
  options: CommonOptions & KeyCreateOptions,
): Promise<void> {
  const { tenant, name, scope, expires, json } = options;
  const wrong = scope.find((one) => !permissionNamePattern.test(one));
  if (wrong !== undefined)
    throw invalid('--scope', `"${wrong}" is no permission`, 'Name one such as runs:write.');
  const expiresAt = expires === undefined ? undefined : Date.now() + duration(expires, '--expires');
  const { key, secret } = await withKeys(options, async (keys, platform) => {
    const { id, isNew } = await memberOf(platform, account, options);
    try {
      return await keys.create({
        account: id,
        name,
        ...(scope.length > 0 && { scopes: scope }),
        ...(expiresAt !== undefined && { expiresAt }),
        by: madeBy,
      });
    } catch (error) {
      if (isNew) await platform.use(Accounts).removeMember(tenant, id);
      throw error;
    }
  });
  if (json) return print(JSON.stringify({ key, secret }, null, 2));
  print(secret);
  const until = key.expiresAt === undefined ? '' : `, until ${new Date(key.expiresAt).toISOString()}`;
  remark(`Key ${key.id} of ${key.account} in the tenant ${tenant}${until}. It is not shown again.`);
}

/** `agent-factory key list`. */
export async function listKeys(options: CommonOptions & KeyOptions): Promise<void> {
  const keys = await withKeys(options, (all) => all.list());
  if (options.json) return print(JSON.stringify(keys, null, 2));
  if (keys.length === 0) return print(`The tenant ${options.tenant} has no keys.`);
  const rows = keys.map((key) => [key.id, key.account, stateOf(key), dayOf(key.lastUsedAt), key.name]);
  for (const line of table([['KEY', 'ACCOUNT', 'STATE', 'LAST USED', 'NAME'], ...rows])) print(line);
}

/** `agent-factory key revoke`. */
export async function revokeKey(id: string, options: CommonOptions & KeyOptions): Promise<void> {
  const { account } = await withKeys(options, (keys) => keys.revoke(id));
  print(`The key ${id} of ${account} is revoked. Running processes know within seconds.`);
}

function withKeys<T>(
  options: CommonOptions & KeyOptions,
  job: (keys: TenantApiKeys, platform: StoragePlatform) => Promise<T>,
): Promise<T> {
  return withStorage(
    options,
    async (platform) => {
      const keys = platform.use(ApiKeys);
      await platform.use(TenantStorage).tenant(options.tenant); // AF_TENANT_UNKNOWN
      return job(keys.tenant(options.tenant), platform);
    },
    [Accounts, ApiKeys],
  );
}

/** The account, made and let into the tenant where that is asked for and it is not there. */
async function memberOf(
  { use }: StoragePlatform,
  wanted: string | undefined,
  { tenant, role: roles, name }: KeyCreateOptions,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const accounts = use(Accounts);
  const found = wanted === undefined ? undefined : await accounts.account(wanted);
  const isMember = (await (found ? accounts.memberships(found.id) : [])).some((one) => one.tenant === tenant);
  if (found && isMember) {
    if (roles.length === 0) return { id: found.id, isNew: false };
    const reason = `${wanted} is a member of the tenant already`;
    throw invalid('--role', reason, 'Leave it out; roles of members are changed through the API.');
  }
  const who = wanted === undefined ? 'a new account' : `"${wanted}"`;
  if (roles.length === 0)
    throw invalid(
      wanted === undefined ? 'key create' : 'the account',
      `${who} is no member of the tenant ${tenant}`,
      'Add --role <name> to make it one: tenant-admin, builder, operator, viewer, service.',
    );
  const known = new Set((await accounts.roles(tenant)).map((one) => one.name));
  const unknown = roles.find((one) => !known.has(one));
  if (unknown !== undefined)
    throw invalid('--role', `there is no role "${unknown}"`, `Roles are: ${[...known].join(', ')}.`);
  // An email that nobody has is a new person; anything else would be a misspelt id.
  if (wanted !== undefined && !found && !wanted.includes('@'))
    throw invalid('the account', `there is no "${wanted}"`, 'Give its id, or an email.');
  const { id } =
    found ??
    (await accounts.create(
      wanted === undefined ? { kind: 'service', name } : { kind: 'user', name: wanted, email: wanted },
    ));
  await accounts.setMember(tenant, id, { roles });
  return { id, isNew: true };
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt === undefined) return 'holds';
  return expiresAt <= Date.now() ? 'over' : `until ${dayOf(expiresAt)}`;
}

function dayOf(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString().slice(0, 10);
}

function invalid(what: string, reason: string, mend: string): Error {
  return errors.AF_CLI_INPUT_INVALID({ what, reason, mend });
}
