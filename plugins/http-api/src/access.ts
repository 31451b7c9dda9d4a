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
import { isFromHere, safeMethods } from './request-guards.ts';

/** Finds out who makes a request and whether they may; throws what to answer when not. */
export type Access = (
  request: IncomingMessage,
  params: Readonly<Record<string, string>>,
) => Promise<Principal>;

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

/** Makes the check of a route. */
export function createAccess(
  { permission, resource }: Pick<HttpRoute, 'permission' | 'resource'>,
  authenticators: readonly Authenticator[],
): Access {
  if (typeof permission !== 'string') return async () => anonymous;
  if (authenticators.length === 0) return async (request) => localFor(request);
  const resourceOf = resource === undefined ? undefined : createResourceName(resource);
  return async (request, params) => {
    const principal = await authenticate(request, authenticators);
    checkAccess(principal, permission, resourceOf?.(params));
    return principal;
  };
}

function localFor({ headers }: IncomingMessage): Principal {
  const tenant = headers['x-tenant'];
  if (tenant === undefined || tenant === defaultTenant) return local;
  if (typeof tenant !== 'string' || !tenantIdPattern.test(tenant))
    throw accessErrors.AF_ACCESS_TENANT_REFUSED({ tenant: String(tenant).slice(0, 63) });
  return { ...local, tenant };
}

async function authenticate(
  request: IncomingMessage,
  authenticators: readonly Authenticator[],
): Promise<Principal> {
  const credentials = credentialsOf(request);
  for (const authenticator of authenticators) {
    const principal = await authenticator.authenticate(credentials);
    if (principal === undefined) continue;
    // A browser sends cookies by itself, also for a page of another site.
    const isAmbient = credentials.authorization === undefined;
    if (isAmbient && credentials.unsafe && !isFromHere(request))
      throw errors.AF_HTTP_CROSS_SITE({ origin: (request.headers.origin ?? 'another site').slice(0, 100) });
    return principal;
  }
  throw accessErrors.AF_ACCESS_NO_CREDENTIAL({});
}

function credentialsOf({ method = '', headers }: IncomingMessage): RequestCredentials {
  const { authorization, cookie } = headers;
  const [tenant, csrfToken] = [headers['x-tenant'], headers['x-csrf-token']];
  return {
    ...(authorization !== undefined && { authorization }),
    ...(cookie !== undefined && { cookie }),
    ...(typeof tenant === 'string' && { tenant }),
    ...(typeof csrfToken === 'string' && { csrfToken }),
    unsafe: !safeMethods.has(method),
  };
}

function createResourceName(template: string): (params: Readonly<Record<string, string>>) => string {
  return (params) => template.replace(/\{(\w+)\}/g, (_whole, name: string) => params[name] ?? '');
}
