import { allows, type AccessExplanation, type Accounts } from '@agent-factory/sdk/contracts';
import type { RoleBook } from './role-book.ts';

/** Says why an account may do something, or may not: which role or grant decides, or what would. */
export async function explainAccess(
  { rights, roles }: { readonly rights: Accounts['rights']; readonly roles: RoleBook },
  account: string,
  { tenant, permission, resource }: Parameters<Accounts['explain']>[1],
): Promise<AccessExplanation> {
  const no = (...reasons: string[]): AccessExplanation => ({ allowed: false, reasons });
  const known = roles.permissions().find(({ name }) => name === permission);
  if (!known) return no(`No active plugin knows the permission ${permission}.`);
  const found = await rights(account, tenant);
  if (!found) return no(`${account} is no member of the tenant "${tenant}", or is disabled.`);
  const all = await roles.list(tenant);
  const having = all.filter((role) => role.permissions.includes(permission)).map(({ name }) => name);
  const deciding = found.roles.filter((role) => having.includes(role));
  const on = resource === undefined ? '' : ` on ${resource}`;
  if (deciding.length > 0)
    return {
      allowed: true,
      reasons: deciding.map((role) => `The role ${role} of ${account} has ${permission}.`),
    };
  const grants = found.grants.filter((grant) => grant.permission === permission);
  const granted = grants.filter((grant) =>
    allows({ permissions: [], grants: [grant] }, permission, resource),
  );
  if (granted.length > 0)
    return {
      allowed: true,
      reasons: granted.map((grant) => `${account} was granted ${permission} on ${grant.resource}.`),
    };
  const has = found.roles.length === 0 ? 'no role' : `the roles ${found.roles.join(', ')}`;
  return no(
    `${account} has ${has} in "${tenant}", and none of them has ${permission}${on}.`,
    having.length === 0 ? 'No role has it.' : `Roles that have it: ${having.join(', ')}.`,
    ...(grants.length === 0
      ? []
      : [`It was granted on ${grants.map((one) => one.resource).join(', ')} alone.`]),
  );
}
