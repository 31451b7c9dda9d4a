import {
  accessErrors,
  type Accounts,
  type Authenticator,
  type KnownCaller,
} from '@agent-factory/sdk/contracts';
import type { AuthSessionConfig } from './config.ts';
import { errors } from './errors.ts';
import { cookieName, readCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Takes the cookie of a session for a proof; for changes only together with the session's token. */
export function createSessionAuthenticator(
  accounts: Accounts,
  sessions: Sessions,
  config: Pick<AuthSessionConfig, 'secureCookies'>,
): Authenticator {
  return {
    scheme: 'session',
    security: {
      type: 'apiKey',
      in: 'cookie',
      name: cookieName(config),
      description: 'A session of a browser; changes also need the header x-csrf-token.',
    },
    async authenticate({ authorization, cookie, tenant, csrfToken, unsafe, exact }) {
      // A header is somebody's own doing, and decides.
      if (authorization !== undefined || cookie === undefined) return undefined;
      const value = readCookie(config, cookie);
      if (value === undefined) return undefined;
      const session = await sessions.find(value, exact);
      if (!session) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({});
      const credential = { scheme: 'session', id: session.id };
      const caller: KnownCaller = { id: session.account, kind: 'user', credential };
      const rights = await accounts.rights(session.account, tenant);
      if (!rights && tenant !== undefined)
        throw accessErrors.AF_ACCESS_TENANT_REFUSED({ tenant: tenant.slice(0, 63), caller });
      if (!rights) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({ caller });
      if (unsafe && csrfToken !== session.csrf)
        throw errors.AF_SESSION_CSRF({ caller: { ...caller, tenant: rights.tenant } });
      return {
        id: session.account,
        tenant: rights.tenant,
        kind: rights.kind,
        credential,
        permissions: rights.permissions,
        grants: rights.grants,
      };
    },
  };
}
