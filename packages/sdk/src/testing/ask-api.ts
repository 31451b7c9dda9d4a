import { Accounts } from '../contracts/accounts.ts';
import { ApiKeys } from '../contracts/api-keys.ts';
import { Authenticator } from '../contracts/authenticator.ts';
import { HttpServer } from '../contracts/http-route.ts';
import type { InMemoryPlugin } from '../plugin.ts';
import type { TestKernel } from './boot-test-kernel.ts';
import { testPlugin } from './test-plugin.ts';

/** What a request of a test brings. */
export interface ApiQuestion {
  /** A key or token, sent as `Bearer`. */
  readonly bearer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What the API answered; the body of an answer without one is `{}`. */
export type ApiAnswer = readonly [status: number, body: Readonly<Record<string, unknown>>, headers: Headers];

/** Asks the HTTP API of a kernel; `path` is what follows `/api/v1/`. */
export async function askApi(
  kernel: Pick<TestKernel, 'use'>,
  method: string,
  path: string,
  { bearer, headers, body }: ApiQuestion = {},
): Promise<ApiAnswer> {
  const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return [answer.status, text === '' ? {} : JSON.parse(text), answer.headers];
}

/** A new account, and its key. */
export interface TestMember {
  readonly id: string;
  readonly key: string;
  readonly keyId: string;
}

/** Makes an account, a program where nothing else is said, with these roles in a tenant, and a key for it. */
export async function addMember(
  kernel: Pick<TestKernel, 'use'>,
  tenant: string,
  roles: readonly string[],
  {
    kind = 'service',
    ...wish
  }: {
    readonly kind?: 'user' | 'service';
    readonly scopes?: readonly string[];
    readonly expiresAt?: number;
  } = {},
): Promise<TestMember> {
  const accounts = kernel.use(Accounts);
  const name = `member-${crypto.randomUUID()}`;
  const { id } = await accounts.create({
    kind,
    name,
    ...(kind === 'user' && { email: `${name}@example.com` }),
  });
  await accounts.setMember(tenant, id, { roles });
  const keys = kernel.use(ApiKeys).tenant(tenant);
  const { key, secret } = await keys.create({ account: id, name: 'a key', by: id, ...wish });
  return { id, key: secret, keyId: key.id };
}

/**
 * Believes whoever says who they are: the header `x-tenant` names the tenant, and `authorization` what they may do,
 * by comma, everything where it is missing.
 */
export const trustingPlugin: InMemoryPlugin = testPlugin('trusting', [Authenticator], (ctx) =>
  ctx.contribute(Authenticator, {
    scheme: 'trusting',
    security: { type: 'apiKey', in: 'header', name: 'x-tenant' },
    authenticate: async ({ tenant, authorization }) =>
      tenant === undefined
        ? undefined
        : { id: 'ada', tenant, kind: 'user', permissions: authorization?.split(',') ?? ['*'] },
  }),
);
