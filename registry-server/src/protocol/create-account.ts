import { errors } from '../errors.ts';
import { insertAccount, type Account } from '../store/accounts.ts';
import { orgExists } from '../store/orgs.ts';
import { recordAudit } from '../store/records.ts';
import { checkNewScope } from '../trust/name-guard.ts';
import { hashPassword } from '../trust/password.ts';
import { nowOf, type Registry } from '../app/registry.ts';

/** A new account. */
export interface NewAccount {
  readonly name: string;
  readonly password: string;
  readonly email: string;
  readonly role?: Account['role'];
}

const shortestPassword = 10;

/** Makes an account. @throws AF_REGISTRY_ACCOUNT_INVALID, AF_REGISTRY_NAME_REFUSED */
export async function createAccount(registry: Registry, account: NewAccount, actor: string): Promise<void> {
  const { name, password, email, role = 'member' } = account;
  const refuse = (reason: string): Error => errors.AF_REGISTRY_ACCOUNT_INVALID({ reason });
  if (!/^[a-z0-9][a-z0-9-]{0,38}$/.test(name))
    throw refuse('a name has lower-case letters a to z, digits and dashes, up to 39.');
  checkNewPassword(password);
  checkEmail(email);
  const hash = await hashPassword(password);
  const at = nowOf(registry);
  await registry.database.write(async (sql) => {
    if (await orgExists(sql, name)) throw refuse(`${name} is the name of an organisation.`);
    await checkNewScope(sql, name);
    if (!(await insertAccount(sql, { name, email, password: hash, role, created: at })))
      throw refuse(`there is an account ${name} already.`);
    await recordAudit(sql, { at, actor, action: 'account.created', subject: name, detail: { role } });
  });
}

/** @throws AF_REGISTRY_ACCOUNT_INVALID */
export function checkNewPassword(password: string): void {
  const reason = `a password has ${shortestPassword} to 1,000 characters.`;
  if (password.length < shortestPassword || password.length > 1000)
    throw errors.AF_REGISTRY_ACCOUNT_INVALID({ reason });
}

/** @throws AF_REGISTRY_ACCOUNT_INVALID */
export function checkEmail(email: string): void {
  if (email.length <= 254 && /^[^\s@<>"]+@[^\s@<>"]+$/.test(email)) return;
  throw errors.AF_REGISTRY_ACCOUNT_INVALID({ reason: 'its e-mail address is none.' });
}
