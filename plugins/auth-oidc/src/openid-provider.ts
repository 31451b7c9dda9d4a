import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  clockTolerance,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  type Configuration,
  type IDToken,
} from 'openid-client';
import type { Logger } from '@agent-factory/sdk';
import type { ProviderConfig } from './config.ts';
import { errors } from './errors.ts';
import { asking } from './provider-problem.ts';
import type { Provider } from './provider.ts';

/** How long what a provider says of itself is taken as it is. */
const knownMs = 3_600_000;
const timeoutSeconds = 10;
/** How far a provider's clock may be off from ours. */
const skewSeconds = 120;
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Google, and whoever speaks OpenID Connect and tells of itself (Discovery 1.0). */
export function createOpenIdProvider(config: ProviderConfig, log: Logger): Provider {
  const { id, kind, clientId, clientSecret, name = id } = config;
  const issuer = secureAddress(id, config.issuer ?? 'https://accounts.google.com');
  let known: { readonly until: number; readonly found: Promise<Configuration> } | undefined;

  const found = (): Promise<Configuration> => {
    if (known && known.until > performance.now()) return known.found;
    const auth = clientSecret ? ClientSecretPost(clientSecret.reveal()) : None();
    const asked = discovery(issuer, clientId, { [clockTolerance]: skewSeconds }, auth, {
      timeout: timeoutSeconds,
      execute: [
        // Whoever answers in the provider's place has none of the keys that it publishes.
        enableNonRepudiationChecks,
        ...(issuer.protocol === 'http:' ? [allowInsecureRequests] : []),
      ],
    });
    known = { until: performance.now() + knownMs, found: asked };
    // What could not be reached is asked again.
    asked.catch(() => (known = undefined));
    return asked;
  };

  return {
    id,
    name,
    authorizationUrl: (redirectUri, { state, nonce, verifier }) =>
      asking(id, log, async () =>
        buildAuthorizationUrl(await found(), {
          redirect_uri: redirectUri,
          scope: 'openid email profile',
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }),
      ),
    identify: (callback, { state, nonce, verifier }) =>
      asking(id, log, async () => {
        const tokens = await authorizationCodeGrant(await found(), callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims) throw errors.AF_OIDC_PROVIDER_FAILED({ provider: id, reason: 'it sent no ID token' });
        const told = await everythingTold(await found(), tokens.access_token, claims);
        const email = typeof told['email'] === 'string' ? told['email'].toLowerCase() : undefined;
        const isProven = kind === 'google' ? isGooglesOwn(claims, email) : config.trustEmail;
        const full = told['name'];
        return {
          issuer: claims.iss,
          subject: claims.sub,
          label: email ?? claims.sub,
          ...(typeof full === 'string' && { name: full }),
          ...(email !== undefined && isProven && told['email_verified'] === true && { provenEmail: email }),
        };
      }),
  };
}

/** What the provider tells of a person: in the ID token, or where it keeps that short, by its own endpoint. */
async function everythingTold(
  server: Configuration,
  accessToken: string,
  claims: IDToken,
): Promise<Readonly<Record<string, unknown>>> {
  if (claims['email'] !== undefined || server.serverMetadata().userinfo_endpoint === undefined) return claims;
  return fetchUserInfo(server, accessToken, claims.sub);
}

/**
 * Google proves only emails it gives out itself: those of gmail.com and of domains it hosts. Any other was somebody's once,
 * when they made their account there.
 */
function isGooglesOwn({ hd: hosted }: IDToken, email: string | undefined): boolean {
  return email?.endsWith('@gmail.com') === true || (typeof hosted === 'string' && hosted !== '');
}

/**
 * An address of the configuration. What goes to another machine in the clear could be read, and changed, by anybody
 * between.
 */
export function secureAddress(provider: string, address: string): URL {
  const url = URL.parse(address);
  if (!url) throw errors.AF_OIDC_CONFIG({ provider, reason: `"${address}" is no address` });
  if (url.protocol === 'https:' || loopback.has(url.hostname)) return url;
  throw errors.AF_OIDC_CONFIG({ provider, reason: `its address ${url.origin} is not HTTPS` });
}
