import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { JsonObject } from '@agent-factory/sdk';
import {
  Accounts,
  AuditLog,
  HttpServer,
  LoginSessions,
  Storage,
  TenantStorage,
  type AuditRecord,
} from '@agent-factory/sdk/contracts';
import { addMember, askApi, bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import {
  client,
  startOpenIdServer,
  type OpenIdServer,
  type Person,
} from '@agent-factory/test-servers/openid';
import { Browser, type Page } from './browser.ts';
import { startGitHubServer, type GitHubServer } from './github-server.ts';

const folder = dirname(dirname(import.meta.dirname));
const at = (name: string): string => join(dirname(folder), name);
/** What providers know the platform by; its real port is free. */
const publicUrl = 'http://platform.test';
const env = { CLIENT_SECRET: client.secret, SECOND_FACTOR_KEY: 'a key of at least thirty-two characters' };
const clientSecret = '${secret:env:CLIENT_SECRET}';

/** A person at the OpenID server, whose email it proves. */
export function somebody(sub: string, email = `${sub}@example.com`): Person {
  return { sub, email, email_verified: true, name: `Somebody ${sub}` };
}

/** A platform that lets in whom others know. Providers: `trusted`, `stranger` (same server, emails prove nothing), `github`. */
export class OidcPlatform {
  readonly kernel: TestKernel;
  readonly openid: OpenIdServer;
  readonly github: GitHubServer;
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly sessions: LoginSessions;
  readonly #fresh: FreshStorage;

  constructor(kernel: TestKernel, openid: OpenIdServer, github: GitHubServer, fresh: FreshStorage) {
    this.kernel = kernel;
    this.openid = openid;
    this.github = github;
    this.accounts = kernel.use(Accounts);
    this.storage = kernel.use(Storage);
    this.sessions = kernel.use(LoginSessions);
    this.#fresh = fresh;
  }

  static async open(engine: string): Promise<OidcPlatform> {
    const fresh = await sqlEngines[engine]?.();
    assert.ok(fresh);
    const openid = await startOpenIdServer(publicUrl, ['trusted', 'stranger']);
    const github = await startGitHubServer({ id: 1, login: 'nobody', emails: [] });
    const shared = { clientId: client.id, clientSecret };
    const join = { domains: ['corp.example'], tenant: 'acme', roles: ['viewer'] };
    const providers = [
      { ...shared, id: 'trusted', issuer: openid.issuer, trustEmail: true, join },
      { ...shared, id: 'stranger', issuer: openid.issuer },
      { ...shared, id: 'github', kind: 'github', issuer: github.url, name: 'GitHub' },
      { ...shared, id: 'gone', issuer: 'http://127.0.0.1:9', trustEmail: true },
    ];
    const kernel = await bootTestKernel({
      env,
      plugins: [
        fresh.plugin,
        at('accounts-sql'),
        at('audit-sql'),
        { use: at('auth-api-key'), config: { keepMs: 0 } },
        {
          use: at('auth-session'),
          config: { keepMs: 0, secondFactorKey: '${secret:env:SECOND_FACTOR_KEY}' },
        },
        { use: folder, config: { publicUrl, afterLogin: '/api/v1/me', providers } },
        { use: at('http-api'), config: { port: 0, rateLimits: [] } },
      ],
    });
    for (const tenant of ['acme', 'globex']) await kernel.use(TenantStorage).create(tenant);
    return new OidcPlatform(kernel, openid, github, fresh);
  }

  async close(): Promise<void> {
    await this.kernel.close();
    await this.openid.close();
    await this.github.close();
    await this.#fresh.close();
  }

  browser(): Browser {
    return new Browser(() => ({ [publicUrl]: this.kernel.use(HttpServer).url() ?? '' }));
  }

  url(path: string): string {
    return `${publicUrl}/api/v1/${path}`;
  }

  /** A person logs in by a provider, in a browser of their own or one they have. */
  async login(person: Person | undefined, provider = 'trusted', browser = this.browser()): Promise<Page> {
    this.openid.person = person;
    browser.forget(this.openid.issuer); // who sat there before has left
    return browser.go(this.url(`auth/oidc/${provider}`));
  }

  /** What a request of a browser with a session answers; changes bring its token. */
  async ask(browser: Browser, method: string, path: string, body?: JsonObject): Promise<Page> {
    const session = await browser.ask('GET', this.url('auth/session'));
    const { csrfToken } = Object(await session.json());
    const answer = await browser.ask(method, this.url(path), { 'x-csrf-token': String(csrfToken) }, body);
    return { url: path, status: answer.status, body: Object(await answer.json()) };
  }

  /** An account that somebody made for a person, of `acme` unless said. */
  async invited(email: string, tenant = 'acme'): Promise<string> {
    const { id } = await this.accounts.create({ kind: 'user', name: email, email });
    await this.accounts.setMember(tenant, id, { roles: ['viewer'] });
    return id;
  }

  /** A key of an administrator. */
  async adminKey(): Promise<string> {
    return (await addMember(this.kernel, 'acme', ['tenant-admin'])).key;
  }

  /** Asks with a key. */
  async askWithKey(bearer: string, method: string, path: string, body?: JsonObject): Promise<Page> {
    const [status, found] = await askApi(this.kernel, method, path, { bearer, ...(body && { body }) });
    return { url: path, status, body: found };
  }

  /** What the audit log of the platform says of logins, newest first. */
  async logins(): Promise<readonly AuditRecord[]> {
    return this.kernel.use(AuditLog).chain().list({ limit: 50, action: 'endOidcLogin' });
  }

  async identities(): Promise<number> {
    const rows = await this.storage.query('SELECT id FROM af_auth_oidc_identities');
    return rows.length;
  }
}
