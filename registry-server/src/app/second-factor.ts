import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { errors } from '../errors.ts';
import {
  deleteSession,
  findProof,
  insertSession,
  updateAccount,
  useTotpStep,
  type Account,
} from '../store/accounts.ts';
import { hashToken } from '../trust/token-text.ts';
import { totpStep } from '../trust/totp.ts';
import type { Caller } from './caller.ts';
import { nowOf, type Registry } from './registry.ts';

const minutes = 60_000;

/** What somebody wants to do. Machines publish, and nobody is there to show a second factor; all else they must not. */
type Work = 'publish' | 'manage';

/**
 * Makes sure that whoever has a second factor has shown it with this request: in the header `npm-otp`, a password of
 * the authenticator, a recovery code, or what the web page gave for one. Tokens of machines are excused from it when
 * they publish, and from nothing else.
 *
 * @throws AF_REGISTRY_OTP_NEEDED, with the address of that page
 */
export async function requireSecondFactor(
  registry: Registry,
  request: IncomingMessage,
  { account, rights }: Caller,
  work: Work,
): Promise<void> {
  const isMachine = rights.automation === true || rights.trusted !== undefined;
  if (account.totp === null || (isMachine && work === 'publish')) return;
  const given = request.headers['npm-otp'];
  if (typeof given === 'string' && (await isSecondFactor(registry, account, given))) return;
  throw errors.AF_REGISTRY_OTP_NEEDED(await beginWebFactor(registry, account.name));
}

/** Whether a text is the account's second factor. Each is good once. */
export async function isSecondFactor(registry: Registry, account: Account, given: string): Promise<boolean> {
  const { database, settings } = registry;
  const text = given.trim();
  const step = account.totp === null ? undefined : totpStep(account.totp, text, settings.now());
  if (step !== undefined) return database.write((sql) => useTotpStep(sql, account.name, step));
  const hash = hashToken(text);
  const recovery = JSON.parse(account.recovery) as readonly string[]; // written as such
  if (recovery.includes(hash)) {
    const left = JSON.stringify(recovery.filter((each) => each !== hash));
    await database.write((sql) => updateAccount(sql, account.name, { recovery: left }));
    return true;
  }
  const proof = await findProof(database, hash, nowOf(registry));
  if (proof?.account !== account.name) return false;
  return database.write((sql) => deleteSession(sql, proof.id));
}

/** Opens a page on which the account's owner may show the second factor. */
async function beginWebFactor(
  registry: Registry,
  account: string,
): Promise<{ authUrl: string; doneUrl: string }> {
  const id = randomUUID();
  const expires = new Date(registry.settings.now().getTime() + 5 * minutes).toISOString();
  await registry.database.write((sql) =>
    insertSession(sql, { id, kind: 'otp', account, proof: null, expires }),
  );
  return { authUrl: `${registry.url}/-/login/${id}`, doneUrl: `${registry.url}/-/v1/done/${id}` };
}
