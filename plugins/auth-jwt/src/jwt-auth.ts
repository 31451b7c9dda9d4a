import {
  accessErrors,
  checkGivable,
  type Accounts,
  type CredentialSource,
  type Principal,
} from '@agent-factory/sdk/contracts';
import type { AccessTokens } from './access-tokens.ts';
import { errors } from './errors.ts';
import type { GivenRefresh, TokenFamilies } from './token-families.ts';
import type { FamilyRow } from './token-rows.ts';

/** Both tokens, as they are handed out. */
export interface TokenPair {
  readonly accessToken: string;
  readonly expiresInMs: number;
  readonly refreshToken: string;
  readonly row: FamilyRow;
}

/** Gives tokens to whoever has proven who they are, and the next ones for a refresh token. */
export interface JwtAuth {
  /** AF_JWT_CREDENTIAL_REFUSED; AF_ACCESS_GRANT_TOO_WIDE where `scopes` are more than the principal has. */
  give(
    principal: Principal,
    wish: { readonly name?: string; readonly scopes?: readonly string[] },
  ): Promise<TokenPair>;
  refresh(refreshToken: string): Promise<TokenPair>;
}

export function createJwtAuth({
  accounts,
  sources,
  families,
  tokens,
}: {
  readonly accounts: Accounts;
  readonly sources: readonly CredentialSource[];
  readonly families: TokenFamilies;
  readonly tokens: AccessTokens;
}): JwtAuth {
  const pairOf = async ({ row, refresh }: GivenRefresh): Promise<TokenPair> => {
    const { account, tenant, id: family } = row;
    const { token, expiresInMs } = await tokens.sign({ account, tenant, family });
    return { accessToken: token, expiresInMs, refreshToken: refresh, row };
  };

  /** A session carries all its account has, also later; another credential may carry less, and so does its token. */
  const scopesOf = (
    { permissions, grants = [], ...principal }: Principal,
    wanted: readonly string[] | undefined,
  ): string | null => {
    const own = [...new Set([...permissions, ...grants.map(({ permission }) => permission)])].sort();
    if (wanted) checkGivable({ ...principal, permissions: own }, wanted);
    if (!wanted && principal.credential?.scheme === 'session') return null;
    return JSON.stringify(wanted ? [...new Set(wanted)].sort() : own);
  };

  return {
    async give(principal, { name = '', scopes }) {
      const { id: account, tenant, credential } = principal;
      if (!credential || !sources.some(({ scheme }) => scheme === credential.scheme))
        throw errors.AF_JWT_CREDENTIAL_REFUSED({
          credential: credential?.scheme === 'jwt' ? 'a token' : 'this credential',
        });
      const rights = await accounts.rights(account, tenant);
      if (!rights) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({});
      return pairOf(
        await families.begin({
          tenant,
          account,
          membership: rights.membership,
          name,
          scopes: scopesOf(principal, scopes),
          made_with: credential.scheme,
          made_with_id: credential.id,
          made_with_until: credential.until ?? null,
        }),
      );
    },
    refresh: async (refreshToken) => pairOf(await families.refresh(refreshToken)),
  };
}
