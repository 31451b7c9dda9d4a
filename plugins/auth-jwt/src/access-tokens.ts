import type { AgentFactoryError } from '@agent-factory/sdk';
import { accessErrors } from '@agent-factory/sdk/contracts';
import { decodeJwt, errors as joseErrors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Clock } from './clock.ts';
import type { AuthJwtConfig } from './config.ts';
import { callerOf } from './token-families.ts';
import { algorithm, type SigningKeys } from './signing-keys.ts';

/** RFC 9068: what is no access token, and was signed with the same key, is none here. */
const type = 'at+jwt';
const mostVerified = 10_000;
const form = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const longest = 4096;

/** What a token says. Not what its bearer may do: that is looked up, so that a change holds at once. */
export interface AccessClaims {
  readonly account: string;
  readonly tenant: string;
  readonly family: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Signs access tokens, and reads them. */
export interface AccessTokens {
  sign(
    wish: Omit<AccessClaims, 'expiresAt'>,
  ): Promise<{ readonly token: string; readonly expiresInMs: number }>;
  /**
   * What a token says; `undefined` for what is none of ours. AF_ACCESS_CREDENTIAL_INVALID for one that does not hold.
   */
  read(token: string): Promise<AccessClaims | undefined>;
}

export function createAccessTokens({
  keys,
  clock,
  config: { issuer, audience, accessMs },
}: {
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly config: Pick<AuthJwtConfig, 'issuer' | 'audience' | 'accessMs'>;
}): AccessTokens {
  /** Signatures are dear to check and tokens come again and again. */
  const verified = new Map<string, { readonly kid: string; readonly claims: AccessClaims }>();

  const isOurs = (token: string): boolean => {
    if (token.length > longest || !form.test(token)) return false;
    try {
      return decodeJwt(token).iss === issuer;
    } catch {
      return false;
    }
  };

  const verify = async (token: string): Promise<AccessClaims> => {
    let kid = '';
    const { payload } = await jwtVerify(
      token,
      async (header) => {
        kid = header.kid ?? '';
        const key = await keys.find(kid);
        if (!key) throw new joseErrors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: [algorithm],
        typ: type,
        issuer,
        audience,
        requiredClaims: ['sub', 'sid', 'tid', 'exp', 'iat'],
        currentDate: new Date(await clock.now()),
      },
    );
    const claims = claimsOf(payload);
    if (!claims) throw new joseErrors.JWTInvalid();
    if (verified.size >= mostVerified) verified.clear();
    verified.set(token, { kid, claims });
    return claims;
  };

  return {
    async sign({ account, tenant, family }) {
      const { kid, key } = await keys.current();
      const now = Math.floor((await clock.now()) / 1000);
      const token = await new SignJWT({ sid: family, tid: tenant })
        .setProtectedHeader({ alg: algorithm, typ: type, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(account)
        .setIssuedAt(now)
        .setExpirationTime(now + accessMs / 1000)
        .sign(key);
      return { token, expiresInMs: accessMs };
    },
    async read(token) {
      const known = verified.get(token);
      if (known) {
        const now = clock.now();
        if (known.claims.expiresAt > (now instanceof Promise ? await now : now)) {
          // A key may be dropped before what it signed is over.
          const key = keys.find(known.kid);
          if (key instanceof Promise ? await key : key) return known.claims;
        }
        verified.delete(token);
        throw refused(known.claims);
      }
      if (!isOurs(token)) return undefined;
      try {
        return await verify(token);
      } catch (error) {
        // Its signature holds, so it is known whose it was.
        if (error instanceof joseErrors.JWTExpired) throw refused(claimsOf(error.payload));
        if (error instanceof joseErrors.JOSEError) throw refused(undefined);
        throw error;
      }
    },
  };
}

function claimsOf({ sub: account, exp = 0, sid, tid }: JWTPayload): AccessClaims | undefined {
  if (typeof account !== 'string' || typeof sid !== 'string' || typeof tid !== 'string') return undefined;
  return { account, tenant: tid, family: sid, expiresAt: exp * 1000 };
}

function refused(claims: AccessClaims | undefined): AgentFactoryError {
  const caller = claims && callerOf({ id: claims.family, account: claims.account, tenant: claims.tenant });
  return accessErrors.AF_ACCESS_CREDENTIAL_INVALID({ ...(caller && { caller }) });
}
