import { accessErrors, rightsWithin, type Authenticator } from '@agent-factory/sdk/contracts';
import type { AccessTokens } from './access-tokens.ts';
import { callerOf, type TokenFamilies } from './token-families.ts';

/** Takes access tokens for a proof. */
export function createTokenAuthenticator(tokens: AccessTokens, families: TokenFamilies): Authenticator {
  return {
    scheme: 'jwt',
    security: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A short access token, signed as RFC8725 says.',
    },
    async authenticate({ authorization, tenant, exact }) {
      if (authorization === undefined || !/^bearer ey/i.test(authorization)) return undefined;
      const claims = await tokens.read(authorization.slice('bearer '.length));
      if (!claims) return undefined;
      const caller = callerOf({ id: claims.family, account: claims.account, tenant: claims.tenant });
      const found = await families.find(claims.family, exact);
      if (!found || found.row.account !== claims.account || found.row.tenant !== claims.tenant)
        throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({ caller });
      const { row, rights } = found;
      if (tenant !== undefined && tenant !== row.tenant)
        throw accessErrors.AF_ACCESS_TENANT_REFUSED({ tenant: tenant.slice(0, 63), caller });
      return {
        id: row.account,
        tenant: row.tenant,
        kind: rights.kind,
        credential: {
          scheme: 'jwt',
          id: row.id,
          ...(row.made_with_until !== null && { until: row.made_with_until }),
        },
        ...rightsWithin(rights, row.scopes),
      };
    },
  };
}
