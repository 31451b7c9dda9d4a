import { isIPv4 } from 'node:net';
import { errors } from '../errors.ts';
import { deleteToken, tokensOf, type TokenRights, type TokenRow } from '../store/accounts.ts';
import { recordAudit } from '../store/records.ts';
import { checkPassword } from '../trust/password.ts';
import { hashToken } from '../trust/token-text.ts';
import { nowOf } from '../app/registry.ts';
import { smallBody, type AccountCall, type Reply, type Route } from '../app/route.ts';
import { count, fields, text, texts, type Fields } from './body-fields.ts';
import { longestLife, mintToken } from './mint-token.ts';

const dayHours = 24;

/** Tokens: listed, made, taken back. */
export const tokenRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/npm/v1/tokens', access: 'account', handler: listTokens },
  {
    method: 'POST',
    path: '/-/npm/v1/tokens',
    access: 'change',
    body: smallBody,
    handler: createToken,
  },
  { method: 'DELETE', path: '/-/npm/v1/tokens/token/:key', access: 'account', handler: revokeToken },
];

async function listTokens({ registry, caller, query }: AccountCall): Promise<Reply> {
  const rows = await tokensOf(registry.database, caller.account.name);
  const perPage = Math.max(1, count(query, 'perPage', 100, 100));
  const page = count(query, 'page', 0, 1000);
  const shown = rows.slice(page * perPage, (page + 1) * perPage);
  const more = rows.length > (page + 1) * perPage;
  const next = more ? { next: `/-/npm/v1/tokens?page=${page + 1}&perPage=${perPage}` } : {};
  return { body: { objects: shown.map(shownRow), total: rows.length, urls: next } };
}

/** The password is asked for again: whoever finds a token cannot make more of them. */
async function createToken({ registry, caller, body }: AccountCall): Promise<Reply> {
  const sent = fields(body);
  const { account } = caller;
  if (!(await checkPassword(text(sent, 'password'), account.password)))
    throw errors.AF_REGISTRY_LOGIN_REFUSED({});
  const rights = rightsIn(sent);
  const most = rights.level === 'read' ? longestLife.read : longestLife.publish;
  const minted = await registry.database.write((sql) =>
    mintToken(registry, sql, {
      account: account.name,
      kind: 'granular',
      label: text(sent, 'name', 'token').slice(0, 100),
      rights,
      hours: hoursIn(sent, most),
    }),
  );
  return { status: 201, body: { ...shownRow(minted.row), token: minted.text } };
}

async function revokeToken({ registry, caller, params: { key = '' } }: AccountCall): Promise<Reply> {
  const { name } = caller.account;
  const found = (await tokensOf(registry.database, name)).find(
    ({ id, hash }) => id === key || hash === hashToken(key),
  );
  if (!found) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'token', name: 'of yours like that' });
  await registry.database.write(async (sql) => {
    await deleteToken(sql, name, found.id);
    await recordAudit(sql, { at: nowOf(registry), actor: name, action: 'token.revoked', subject: found.id });
  });
  return { status: 204 };
}

function rightsIn(sent: Fields): TokenRights {
  const refuse = (reason: string): Error => errors.AF_REGISTRY_TOKEN_RIGHTS({ reason });
  const only = [
    ...texts(sent, 'packages'),
    ...texts(sent, 'scopes').map((scope) => (scope.startsWith('@') ? scope : `@${scope}`)),
  ];
  const cidrs = texts(sent, 'cidr_whitelist');
  if (!cidrs.every(isCidr)) throw refuse('an address range is no IPv4 range.');
  const level = levelIn(sent);
  return {
    level,
    ...(only.length > 0 && sent['packages_all'] !== true && { only }),
    ...(cidrs.length > 0 && { cidrs }),
    ...(sent['bypass_2fa'] === true && { automation: true }),
  };
}

function levelIn(sent: Fields): TokenRights['level'] {
  if (sent['readonly'] === true || sent['read_only'] === true) return 'read';
  const permission = sent['packages_and_scopes_permission'];
  if (permission === undefined) return sent['readonly'] === false ? 'publish' : 'read';
  if (permission === 'read-write') return 'publish';
  return permission === 'read-write-stage-only' ? 'stage' : 'read';
}

function hoursIn(sent: Fields, most: number): number {
  const days = sent['expires'];
  if (days === undefined || days === null) return most;
  const hours = Number.isInteger(days) ? Number(days) * dayHours : 0;
  if (hours < dayHours || hours > most)
    throw errors.AF_REGISTRY_TOKEN_RIGHTS({
      reason: `it may live for 1 to ${most / dayHours} days, in whole ones.`,
    });
  return hours;
}

function isCidr(cidr: string): boolean {
  const [net = '', bits = '32', more] = cidr.split('/');
  return isIPv4(net) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32 && more === undefined;
}

function shownRow(row: TokenRow): Record<string, unknown> {
  const { level, only, cidrs } = JSON.parse(row.rights) as TokenRights; // written as such
  return {
    key: row.id,
    // The text itself is not known any more.
    token: `af_${row.hash.slice(0, 4)}`,
    name: row.label,
    kind: row.kind,
    readonly: level === 'read',
    level,
    packages: only ?? null,
    cidr_whitelist: cidrs ?? null,
    created: row.created,
    updated: row.created,
    expires: row.expires,
  };
}
