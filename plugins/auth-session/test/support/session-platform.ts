import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import { Accounts, Storage, TenantStorage } from '@agent-factory/sdk/contracts';
import { askApi, bootTestKernel, type ApiAnswer, type TestKernel } from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';
import { platformItself } from '../../src/may-invite.ts';
import { hashOf } from '../../src/session-tables.ts';

const folder = dirname(dirname(import.meta.dirname));
const at = (name: string): string => join(dirname(folder), name);
const env = { SECOND_FACTOR_KEY: 'a key of at least thirty-two characters' };

/** A password that holds. */
export const good = 'correct horse battery staple';

/** What a browser keeps of a session. */
export interface Browser {
  readonly cookie: string;
  readonly csrf: string;
}

interface Question {
  readonly browser?: Browser;
  readonly body?: JsonObject;
  readonly headers?: Record<string, string>;
}

const rest: readonly (string | PluginEntry)[] = [
  at('accounts-sql'),
  { use: folder, config: { secondFactorKey: '${secret:env:SECOND_FACTOR_KEY}' } },
  // Tests log in more often than anybody may from one address.
  { use: at('http-api'), config: { port: 0, rateLimits: [] } },
];

/** A platform with sessions, and what browsers and operators do with it. */
export class SessionPlatform {
  readonly kernel: TestKernel;
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly #fresh: FreshStorage;
  #made = 0;

  constructor(kernel: TestKernel, fresh: FreshStorage) {
    this.kernel = kernel;
    this.accounts = kernel.use(Accounts);
    this.storage = kernel.use(Storage);
    this.#fresh = fresh;
  }

  async close(): Promise<void> {
    await this.kernel.close();
    await this.#fresh.close();
  }

  /** Asks the API. */
  async ask(
    method: string,
    path: string,
    { browser, body, headers = {} }: Question = {},
  ): Promise<ApiAnswer> {
    return askApi(this.kernel, method, path, {
      headers: { ...(browser && { cookie: browser.cookie, 'x-csrf-token': browser.csrf }), ...headers },
      ...(body && { body }),
    });
  }

  login(email: string, password: string, code?: string): Promise<ApiAnswer> {
    return this.ask('POST', 'auth/login', {
      body: { email, password, ...(code !== undefined && { code }) },
    });
  }

  /** The token of a link, as an operator finds it in the log. */
  async invited(account: string): Promise<string> {
    const token = `token-${(this.#made += 1)}`;
    await this.storage.execute('DELETE FROM af_auth_session_invitations WHERE account = ?', [account]);
    await this.storage.execute(
      'INSERT INTO af_auth_session_invitations (hash, account, created_by, expires_at) VALUES (?, ?, ?, ?)',
      [hashOf(token), account, platformItself, Date.now() + 60_000],
    );
    return token;
  }

  /** An email nobody has. */
  newEmail(): string {
    return `p${(this.#made += 1)}@example.com`;
  }

  /** A new member, logged in. */
  async person(
    tenant: string,
    ...roles: string[]
  ): Promise<Browser & { readonly id: string; readonly email: string }> {
    const email = this.newEmail();
    const { id } = await this.accounts.create({ kind: 'user', name: email, email });
    await this.accounts.setMember(tenant, id, { roles });
    const body = { token: await this.invited(id), password: good };
    return { ...browserOf(await this.ask('POST', 'auth/accept', { body })), id, email };
  }

  /** Lets wrong tries be so much older. */
  async passes(ms: number): Promise<void> {
    await this.storage.execute('UPDATE af_auth_session_failures SET last_at = last_at - ?', [ms]);
  }
}

/** What a browser keeps of an answer that began a session. */
export function browserOf([status, body, headers]: ApiAnswer): Browser {
  assert.equal(status, 200, JSON.stringify(body));
  const [cookie = ''] = headers.getSetCookie();
  return { cookie: cookie.split(';', 1)[0] ?? '', csrf: textOf(body['csrfToken']) };
}

/** What must be text. */
export function textOf(value: unknown): string {
  assert.ok(typeof value === 'string');
  return value;
}

/** The id in a cookie. */
export function sessionId({ cookie }: Browser): string {
  return cookie.split('=')[1]?.split('.')[0] ?? '';
}

/** Opens the platform on an engine. */
export async function openSessions(open: () => Promise<FreshStorage>): Promise<SessionPlatform> {
  const fresh = await open();
  const kernel = await bootTestKernel({ env, plugins: [fresh.plugin, ...rest] });
  for (const tenant of ['acme', 'globex']) await kernel.use(TenantStorage).create(tenant);
  return new SessionPlatform(kernel, fresh);
}

/** A secret as apps show it, back as bytes. */
export function unbase32(text: string): Uint8Array {
  const bits = text
    .split('')
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((eight) => parseInt(eight, 2)));
}
