import type { IncomingMessage } from 'node:http';
import { errors } from '../errors.ts';
import { findAccount, type Account } from '../store/accounts.ts';
import { checkPassword } from '../trust/password.ts';
import type { Registry } from '../app/registry.ts';

const allowed = 5;
const longestWait = 15 * 60_000;
const remembered = 10_000;

/** Failed logins by name and by address, since the process began. */
const failures = new WeakMap<Registry, Map<string, { count: number; until: number }>>();

/**
 * The account of a name and password. After five failures each further one doubles the wait, for the name and for
 * the address.
 *
 * @throws AF_REGISTRY_LOGIN_REFUSED, AF_REGISTRY_LOGIN_SLOWED
 */
export async function checkLogin(
  registry: Registry,
  request: IncomingMessage,
  name: string,
  password: string,
): Promise<Account> {
  const now = registry.settings.now().getTime();
  const counts = failures.get(registry) ?? new Map<string, { count: number; until: number }>();
  failures.set(registry, counts);
  const keys = [`name ${name.slice(0, 100)}`, `address ${request.socket.remoteAddress ?? ''}`];
  const until = Math.max(...keys.map((key) => counts.get(key)?.until ?? 0));
  if (until > now) throw errors.AF_REGISTRY_LOGIN_SLOWED({ seconds: Math.ceil((until - now) / 1000) });
  const account = await findAccount(registry.database, name);
  if ((await checkPassword(password, account?.password)) && account) {
    for (const key of keys) counts.delete(key);
    return account;
  }
  if (counts.size > remembered) counts.clear();
  for (const key of keys) {
    const count = (counts.get(key)?.count ?? 0) + 1;
    const wait = count < allowed ? 0 : Math.min(1000 * 2 ** (count - allowed), longestWait);
    counts.set(key, { count, until: now + wait });
  }
  throw errors.AF_REGISTRY_LOGIN_REFUSED({});
}
