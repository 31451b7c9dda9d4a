import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistry, type OpenRegistry, type RegistryOptions } from '@agent-factory/registry-server';
import type { TokenRights } from '../../src/store/accounts.ts';
import { createAccount } from '../../src/protocol/create-account.ts';
import { mintToken } from '../../src/protocol/mint-token.ts';
import { publishBody, type TestPlugin } from './make-plugin.ts';

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` when it is none. */
  // Tests look into answers of many shapes and assert what they find there.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

/** A registry in a folder of its own, with what tests ask of it. */
export interface TestRegistry extends OpenRegistry {
  /** Its folder. */
  readonly folder: string;
  /** What it logged. */
  readonly log: string[];
  /** Moves its clock on. */
  pass(ms: number): void;
  /** Makes an account and gives back a token of it. */
  account(name: string, options?: { role?: 'member' | 'admin'; rights?: TokenRights }): Promise<string>;
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  publish(token: string, plugin: TestPlugin, change?: Parameters<typeof publishBody>[1]): Promise<Answer>;
  /** Opens the same folder again, closed before. */
  reopen(options?: RegistryOptions): Promise<TestRegistry>;
}

/** What is sent. */
interface AskOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The password of every account of a test. */
const password = 'correct horse battery';

/** Opens a registry for a test. Its clock stands still but for {@link TestRegistry.pass}. */
export async function openTestRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const folder = options.dataDir ?? mkdtempSync(join(tmpdir(), 'af-registry-'));
  if (options.dataDir === undefined)
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const log: string[] = [];
  const line = (message: string, fields?: object): void =>
    void log.push(JSON.stringify({ message, ...fields }));
  let passed = 0;
  const began = new Date();
  const open = await openRegistry({
    port: 0,
    dataDir: folder,
    publishRate: { packages: 0, minutes: 10 },
    log: { info: line, warn: line, error: line },
    now: () => new Date(began.getTime() + passed),
    ...options,
  });
  const base = `http://127.0.0.1:${open.port}`;

  async function ask(
    method: string,
    path: string,
    { token, body, headers }: AskOptions = {},
  ): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? Buffer.from(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  return {
    ...open,
    folder,
    log,
    ask,
    pass: (ms) => void (passed += ms),
    async account(name, given = {}) {
      const { role = 'member', rights = { level: 'publish' as const } } = given;
      const { registry } = open;
      await createAccount(registry, { name, password, email: `${name}@example.com`, role }, 'test');
      const minted = await registry.database.write((sql) =>
        mintToken(registry, sql, { account: name, kind: 'login', label: 'test', rights, hours: 24 * 3650 }),
      );
      return minted.text;
    },
    publish: (token, plugin, change) =>
      ask('PUT', `/${plugin.name.replace('/', '%2f')}`, { token, body: publishBody(plugin, change) }),
    reopen: (again) => openTestRegistry({ ...options, ...again, dataDir: folder }),
  };
}
