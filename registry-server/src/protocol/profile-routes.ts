import { randomBytes } from 'node:crypto';
import { errors } from '../errors.ts';
import { deleteTokensOf, updateAccount, type Account } from '../store/accounts.ts';
import { recordAudit } from '../store/records.ts';
import type { Sql } from '../store/sql.ts';
import { checkPassword, hashPassword } from '../trust/password.ts';
import { hashToken } from '../trust/token-text.ts';
import { newTotpSecret, totpAddress, totpStep } from '../trust/totp.ts';
import { refuseWorkflow, requireChangeToken } from '../app/caller.ts';
import { nowOf, type Registry } from '../app/registry.ts';
import { smallBody, type AccountCall, type Reply, type Route } from '../app/route.ts';
import { isSecondFactor, requireSecondFactor } from '../app/second-factor.ts';
import { fields, text, type Fields } from './body-fields.ts';
import { checkEmail, checkNewPassword } from './create-account.ts';

const recoveryCodes = 8;

/** Who am I, and what `npm profile` changes. */
export const profileRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/whoami', access: 'account', handler: whoAmI },
  { method: 'GET', path: '/-/npm/v1/user', access: 'account', handler: showProfile },
  { method: 'POST', path: '/-/npm/v1/user', access: 'account', body: smallBody, handler: changeProfile },
];

async function whoAmI({ caller }: AccountCall): Promise<Reply> {
  return { body: { username: caller.account.name } };
}

async function showProfile({ caller: { account } }: AccountCall): Promise<Reply> {
  return { body: profileOf(account) };
}

async function changeProfile(call: AccountCall): Promise<Reply> {
  const { registry, caller } = call;
  const sent = fields(call.body);
  const { account } = caller;
  if (sent['tfa'] !== undefined && sent['tfa'] !== null) return changeFactor(call, sent);
  if (sent['password'] !== undefined && sent['password'] !== null)
    return changePassword(call, fields(sent['password']));
  if (sent['email'] !== undefined) {
    const email = text(sent, 'email');
    checkEmail(email);
    // Whoever has the address may ask for a new password one day.
    refuseWorkflow(caller, account.name);
    requireChangeToken(caller, account.name);
    await requireSecondFactor(registry, call.request, caller, 'manage');
    await change(registry, account.name, { email }, 'account.email');
    return { body: profileOf({ ...account, email }) };
  }
  return { body: profileOf(account) };
}

/** A new password ends every token, for whoever had the old one may have made some. */
async function changePassword({ registry, request, caller }: AccountCall, sent: Fields): Promise<Reply> {
  const { account } = caller;
  if (!(await checkPassword(text(sent, 'old'), account.password))) throw errors.AF_REGISTRY_LOGIN_REFUSED({});
  await requireOwnFactor(registry, request.headers['npm-otp'], account);
  const fresh = text(sent, 'new');
  checkNewPassword(fresh);
  const password = await hashPassword(fresh);
  await change(registry, account.name, { password }, 'account.password', deleteTokensOf);
  return { body: profileOf(account) };
}

async function changeFactor({ registry, request, caller }: AccountCall, sent: Fields): Promise<Reply> {
  const { account } = caller;
  const { tfa } = sent;
  if (Array.isArray(tfa)) return confirmFactor(registry, account, String(tfa[0]));
  const wanted = fields(tfa ?? {});
  if (!(await checkPassword(text(wanted, 'password'), account.password)))
    throw errors.AF_REGISTRY_LOGIN_REFUSED({});
  await requireOwnFactor(registry, request.headers['npm-otp'], account);
  if (text(wanted, 'mode') === 'disable') {
    await change(registry, account.name, { totp: null, recovery: '[]' }, 'account.factor.removed');
    return { body: { tfa: null } };
  }
  const secret = newTotpSecret();
  await change(registry, account.name, { totp_next: secret }, 'account.factor.begun');
  return { body: { tfa: totpAddress(secret, account.name, new URL(registry.url).host) } };
}

async function confirmFactor(registry: Registry, account: Account, otp: string): Promise<Reply> {
  const secret = account.totp_next;
  if (secret === null || totpStep(secret, otp, registry.settings.now()) === undefined)
    throw errors.AF_REGISTRY_OTP_NEEDED({});
  const codes = Array.from({ length: recoveryCodes }, () => randomBytes(16).toString('hex'));
  const recovery = JSON.stringify(codes.map(hashToken));
  await change(registry, account.name, { totp: secret, totp_next: null, recovery }, 'account.factor.added');
  return { body: { tfa: codes } };
}

async function requireOwnFactor(
  registry: Registry,
  given: string | string[] | undefined,
  account: Account,
): Promise<void> {
  if (account.totp === null) return;
  if (typeof given !== 'string' || !(await isSecondFactor(registry, account, given)))
    throw errors.AF_REGISTRY_OTP_NEEDED({});
}

async function change(
  registry: Registry,
  name: string,
  what: Parameters<typeof updateAccount>[2],
  action: string,
  also: (sql: Sql, account: string) => Promise<unknown> = async () => {},
): Promise<void> {
  await registry.database.write(async (sql) => {
    await updateAccount(sql, name, what);
    await also(sql, name);
    await recordAudit(sql, { at: nowOf(registry), actor: name, action, subject: name });
  });
}

function profileOf(account: Account): Record<string, unknown> {
  const { name, email, created } = account;
  return {
    name,
    email,
    email_verified: false,
    created,
    updated: created,
    tfa: account.totp === null ? null : { pending: false, mode: 'auth-and-writes' },
  };
}
