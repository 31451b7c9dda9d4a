import {
  accountsErrors as errors,
  type Account,
  type Permission,
  type ResourceGrant,
} from '@agent-factory/sdk/contracts';

const emailPattern = /^[^\s@"<>]{1,64}@[^\s@"<>]{1,189}$/;
const resourcePattern = /^[a-z][a-z-]*\/(?:\*|[^\s/*]{1,200})$/;

/** An account that was asked for, with its email in lower case; AF_ACCOUNTS_INVALID. */
export function checkAccount({
  kind,
  name,
  email,
}: Pick<Account, 'kind' | 'name' | 'email'>): Pick<Account, 'kind' | 'name' | 'email'> {
  const invalid = (reason: string, mend: string): Error =>
    errors.AF_ACCOUNTS_INVALID({ what: 'account', reason, mend });
  if (kind !== 'user' && kind !== 'service')
    throw invalid('its kind is neither user nor service', 'Use one of them.');
  if (name.trim() === '' || name.length > 200)
    throw invalid('its name has not 1 to 200 characters', 'Give it one.');
  if (kind === 'user' && email === undefined)
    throw invalid('a user needs an email', 'Give the address the person logs in with.');
  if (email !== undefined && !emailPattern.test(email))
    throw invalid(`"${email.slice(0, 80)}" is no email`, 'Give an address such as ann@example.com.');
  return { kind, name, ...(email !== undefined && { email: email.toLowerCase() }) };
}

/** AF_ACCOUNTS_INVALID for grants of what nobody knows, or on what has no form. */
export function checkGrants(grants: readonly ResourceGrant[], permissions: readonly Permission[]): void {
  const names = new Set(permissions.map(({ name }) => name));
  for (const { permission, resource } of grants) {
    const reason = !names.has(permission)
      ? `nobody knows the permission "${permission.slice(0, 80)}"`
      : !resourcePattern.test(resource)
        ? `"${resource.slice(0, 80)}" is no resource`
        : undefined;
    if (reason === undefined) continue;
    const mend = 'Name a permission of GET /api/v1/permissions, and a resource such as agents/guide.';
    throw errors.AF_ACCOUNTS_INVALID({ what: 'grant', reason, mend });
  }
}

/** The error for an account that is not there. */
export function unknownAccount(account: string): Error {
  return errors.AF_ACCOUNTS_UNKNOWN({ account: account.slice(0, 80) });
}
