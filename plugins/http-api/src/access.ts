import type { IncomingMessage } from 'node:http';
import {
  accessErrors,
  checkAccess,
  defaultTenant,
  tenantIdPattern,
  type Authenticator,
  type HttpRoute,
  type Principal,
  type RequestCredentials,
} from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { createRequestGuard, isFromHere, safeMethods } from './request-guards.ts';

const guard = createRequestGuard();

/** Finds out who makes a request, and whether they may; each throws what to answer when not. */
export interface Access {
  identify(request: IncomingMessage): Principal | Promise<Principal>;
  check(principal: Principal, params: Readonly<Record<string, string>>): void;
}

const anonymous: Principal = Object.freeze({
  id: 'anonymous',
  tenant: defaultTenant,
  kind: 'anonymous',
  permissions: Object.freeze([]),
});

/** While nothing authenticates, only the machine's own user reaches the API, and may do all. */
const local: Principal = Object.freeze({
  id: 'local',
  tenant: defaultTenant,
  kind: 'local',
  permissions: Object.freeze(['*']),
});

/** Makes the checks of a route. */
export function createAccess(
  { permission, resource, secretAnswer = false }: Pick<HttpRoute, 'permission' | 'resource' | 'secretAnswer'>,
  authenticators: readonly Authenticator[],
): Access {
  const hasLogin = authenticators.length > 0;
  if (typeof permission !== 'string')
    return {
      identify: (request) => {
        if (!hasLogin) guard(request);
        return anonymous;
      },
      check: () => {},
    };
  const resourceOf = resource === undefined ? undefined : createResourceName(resource);
  return {
    identify: hasLogin ? (request) => authenticate(request, authenticators, secretAnswer) : localFor,
    check: (principal, params) => checkAccess(principal, permission, resourceOf?.(params)),
  };
}

function localFor(request: IncomingMessage): Principal {
  guard(request);
  const tenant = request.headers['x-tenant'];
  if (tenant === undefined || tenant === defaultTenant) return local;
  if (typeof tenant !== 'string' || !tenantIdPattern.test(tenant))
    throw accessErrors.AF_ACCESS_TENANT_REFUSED({ tenant: String(tenant).slice(0, 63) });
  return { ...local, tenant };
}

async function authenticate(
  request: IncomingMessage,
  authenticators: readonly Authenticator[],
  exact: boolean,
): Promise<Principal> {
  const credentials = credentialsOf(request, exact);
  for (const authenticator of authenticators) {
    const proven = authenticator.authenticate(credentials);
    if (proven === undefined) continue; // at once, as most do: to wait for nothing takes time as well
    const principal = await proven;
    if (principal === undefined) continue;
    // A browser sends cookies by itself, also for a page of another site.
    const isAmbient = credentials.authorization === undefined;
    if (isAmbient && credentials.unsafe && !isFromHere(request))
      throw errors.AF_HTTP_CROSS_SITE({
        origin: (request.headers.origin ?? 'another site').slice(0, 100),
        caller: principal,
      });
    return principal;
  }
  throw accessErrors.AF_ACCESS_NO_CREDENTIAL({});
}

function credentialsOf({ method = '', headers }: IncomingMessage, exact: boolean): RequestCredentials {
  const { authorization, cookie } = headers;
  const [tenant, csrfToken] = [headers['x-tenant'], headers['x-csrf-token']];
  const credentials: { -readonly [Name in keyof RequestCredentials]: RequestCredentials[Name] } = {
    unsafe: !safeMethods.has(method),
  };
  if (authorization !== undefined) credentials.authorization = authorization;
  if (cookie !== undefined) credentials.cookie = cookie;
  if (typeof tenant === 'string') credentials.tenant = tenant;
  if (typeof csrfToken === 'string') credentials.csrfToken = csrfToken;
  if (exact) credentials.exact = exact;
  return credentials;
}

function createResourceName(template: string): (params: Readonly<Record<string, string>>) => string {
  const parts = template.split(/\{(\w+)\}/); // text and names take turns
  return (params) => parts.map((part, at) => (at % 2 === 0 ? part : (params[part] ?? ''))).join('');
}
