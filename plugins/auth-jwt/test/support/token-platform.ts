import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import { Accounts, ApiKeys, Storage, TenantStorage } from '@agent-factory/sdk/contracts';
import {
  addMember,
  askApi,
  bootTestKernel,
  type ApiAnswer,
  type ApiQuestion,
  type TestKernel,
  type TestMember,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(dirname(import.meta.dirname));
const at = (name: string): string => join(dirname(folder), name);
const env = { KEY_SECRET: 'a secret of at least thirty-two characters' };
const rest = (keepMs: number): readonly (string | PluginEntry)[] => [
  at('accounts-sql'),
  { use: at('auth-api-key'), config: { keepMs } },
  { use: at('auth-session'), config: { keepMs } },
  { use: folder, config: { keySecret: '${secret:env:KEY_SECRET}', keepMs, retryMs: 60_000 } },
  { use: at('http-api'), config: { port: 0, rateLimits: [] } },
];

/** What a client keeps. */
export interface Pair {
  readonly id: string;
  readonly access: string;
  readonly refresh: string;
}

/** Tokens on one engine, in two processes, and what clients do with them. */
export class TokenPlatform {
  readonly kernel: TestKernel;
  /** A second process on the same database. */
  readonly other: TestKernel;
  readonly accounts: Accounts;
  readonly keys: ApiKeys;
  readonly storage: Storage;
  readonly #fresh: FreshStorage;

  constructor(kernel: TestKernel, other: TestKernel, fresh: FreshStorage) {
    this.kernel = kernel;
    this.other = other;
    this.#fresh = fresh;
    this.accounts = kernel.use(Accounts);
    this.keys = kernel.use(ApiKeys);
    this.storage = kernel.use(Storage);
  }

  /** `keepMs`: how long each process keeps what it looked up. */
  static async open(engine: string, keepMs = 0): Promise<TokenPlatform> {
    const fresh = await sqlEngines[engine]?.();
    assert.ok(fresh);
    const plugins = [fresh.plugin, ...rest(keepMs)];
    const kernel = await bootTestKernel({ env, plugins });
    const other = await bootTestKernel({ env, plugins, dataDir: kernel.dataDir });
    for (const tenant of ['acme', 'globex']) await kernel.use(TenantStorage).create(tenant);
    return new TokenPlatform(kernel, other, fresh);
  }

  async close(): Promise<void> {
    await this.other.close();
    await this.kernel.close();
    await this.#fresh.close();
  }

  /** Asks the API, of the first process where none is named. */
  ask(
    method: string,
    path: string,
    { on = this.kernel, ...question }: ApiQuestion & { readonly on?: TestKernel } = {},
  ): Promise<ApiAnswer> {
    return askApi(on, method, path, question);
  }

  /** A new member of `acme` with a key. */
  person(roles: readonly string[], wish?: Parameters<typeof addMember>[3]): Promise<TestMember> {
    return addMember(this.kernel, 'acme', roles, { kind: 'user', ...wish });
  }

  /** Tokens for a key. */
  async tokens(key: string, body: JsonObject = {}): Promise<Pair> {
    return pairOf(await this.ask('POST', 'auth/tokens', { bearer: key, body }));
  }

  refresh(refreshToken: string, on?: TestKernel): Promise<ApiAnswer> {
    return this.ask('POST', 'auth/tokens/refresh', { body: { refreshToken }, ...(on && { on }) });
  }

  /** The code that a request with a bearer is refused with; its status where it is not. */
  async refused(bearer: string, path = 'me'): Promise<unknown> {
    const [status, body] = await this.ask('GET', path, { bearer });
    return body['code'] ?? status;
  }

  /** Lets the last refresh of tokens be so much longer ago. */
  async passes(id: string, ms: number): Promise<void> {
    const sql = 'UPDATE af_auth_jwt_families SET refreshed_at = refreshed_at - ? WHERE id = ?';
    await this.storage.execute(sql, [ms, id]);
  }
}

/** What a client keeps of an answer. */
export function pairOf([status, body]: ApiAnswer): Pair {
  assert.ok(status === 200 || status === 201, JSON.stringify(body));
  const { id, accessToken, refreshToken } = body;
  return { id: textOf(id), access: textOf(accessToken), refresh: textOf(refreshToken) };
}

/** What must be text. */
export function textOf(value: unknown): string {
  assert.ok(typeof value === 'string');
  return value;
}
