import { BlockList } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { errors } from '../errors.ts';
import { findAccount, findToken, type Account, type TokenRights, type TokenRow } from '../store/accounts.ts';
import { hashToken, isTokenText } from '../trust/token-text.ts';
import { nowOf, type Registry } from './registry.ts';

/** Who asks. */
export interface Caller {
  readonly account: Account;
  readonly token: TokenRow;
  readonly rights: TokenRights;
}

/**
 * Who the request's token stands for; nobody without one.
 *
 * @throws AF_REGISTRY_TOKEN_REFUSED
 */
export async function callerOf(registry: Registry, request: IncomingMessage): Promise<Caller | undefined> {
  const text = bearerOf(request);
  if (text === undefined) return undefined;
  const token = isTokenText(text) ? await findToken(registry.database, hashToken(text)) : undefined;
  if (!token || token.expires <= nowOf(registry)) throw errors.AF_REGISTRY_TOKEN_REFUSED({});
  const rights = JSON.parse(token.rights) as TokenRights; // written as such
  if (rights.cidrs && !isWithin(rights.cidrs, request.socket.remoteAddress ?? ''))
    throw errors.AF_REGISTRY_TOKEN_REFUSED({});
  const account = await findAccount(registry.database, token.account);
  if (!account) throw errors.AF_REGISTRY_TOKEN_REFUSED({});
  return { account, token, rights };
}

/** The text of the token a request carries. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Makes sure that the caller's token may change things. @throws AF_REGISTRY_FORBIDDEN */
export function requireChangeToken({ account, rights }: Caller, subject: string): void {
  if (rights.level === 'publish') return;
  const reason = rights.level === 'stage' ? 'the token may only stage.' : 'the token may only read.';
  throw errors.AF_REGISTRY_FORBIDDEN({ account: account.name, action: 'change', subject, reason });
}

/**
 * No second factor is asked of a workflow, so its token publishes, which is admitted elsewhere, and no more.
 *
 * @throws AF_REGISTRY_FORBIDDEN
 */
export function refuseWorkflow({ account, rights }: Caller, subject: string): void {
  if (!rights.trusted) return;
  const reason = 'the token of a workflow only publishes.';
  throw errors.AF_REGISTRY_FORBIDDEN({ account: account.name, action: 'change', subject, reason });
}

/** Whether the rights of a token reach a package. */
export function reaches({ only }: TokenRights, name: string): boolean {
  return only === undefined || only.some((each) => each === name || name.startsWith(`${each}/`));
}

function isWithin(cidrs: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [net = '', bits = '32'] = cidr.split('/');
    list.addSubnet(net, Number(bits), 'ipv4');
  }
  return list.check(
    address.replace(/^::ffff:/, ''),
    address.includes(':') && !address.startsWith('::ffff:') ? 'ipv6' : 'ipv4',
  );
}
