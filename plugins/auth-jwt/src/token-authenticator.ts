import {
  accessErrors,
  rightsWithin,
  type Authenticator,
  type KnownCaller,
} from '@agent-factory/sdk/contracts';
import type { AccessClaims, AccessTokens } from './access-tokens.ts';
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
      const found = await families.find(claims.family, exact);
      if (!found || found.row.account !== claims.account || found.row.tenant !== claims.tenant)
        throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({ caller: callerNamedBy(claims) });
      const { row, rights } = found;
      if (tenant !== undefined && tenant !== row.tenant)
        throw accessErrors.AF_ACCESS_TENANT_REFUSED({
          tenant: tenant.slice(0, 63),
          caller: callerNamedBy(claims),
        });
      const { permissions, grants } = rightsWithin(rights, row.scopes);
      const { id, made_with_until: until } = row;
      return {
        id: row.account,
        tenant: row.tenant,
        kind: rights.kind,
        credential: until === null ? { scheme: 'jwt', id } : { scheme: 'jwt', id, until },
        permissions,
        grants,
      };
    },
  };
}

function callerNamedBy({ family, account, tenant }: AccessClaims): KnownCaller {
  return callerOf({ id: family, account, tenant });
}
