import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  Configuration,
  fetchProtectedResource,
} from 'openid-client';
import type { Logger } from '@agent-factory/sdk';
import type { ProviderConfig } from './config.ts';
import { errors } from './errors.ts';
import { secureAddress } from './openid-provider.ts';
import { asking } from './provider-problem.ts';
import type { Provider } from './provider.ts';

const timeoutSeconds = 10;

/** What GitHub tells of a person; their number stays when they change their name. */
interface GitHubUser {
  readonly id: number;
  readonly login: string;
  readonly name?: string | null;
}

interface GitHubEmail {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
}

/** GitHub, which speaks OAuth 2 and not OpenID Connect: who somebody is is asked of its API. */
export function createGitHubProvider(config: ProviderConfig, log: Logger): Provider {
  const { id, clientId, clientSecret, name = id, issuer = 'https://github.com' } = config;
  if (!clientSecret) throw errors.AF_OIDC_CONFIG({ provider: id, reason: 'it has no "clientSecret"' });
  const base = secureAddress(id, issuer);
  // An own server has its API below its address.
  const api = base.hostname === 'github.com' ? 'https://api.github.com' : `${base.origin}/api/v3`;
  const server = new Configuration(
    {
      issuer: base.origin,
      authorization_endpoint: `${base.origin}/login/oauth/authorize`,
      token_endpoint: `${base.origin}/login/oauth/access_token`,
    },
    clientId,
    {},
    ClientSecretPost(clientSecret.reveal()),
  );
  server.timeout = timeoutSeconds;
  if (base.protocol === 'http:') allowInsecureRequests(server);

  const read = async (token: string, path: string): Promise<unknown> => {
    const headers = new Headers({ accept: 'application/vnd.github+json', 'user-agent': 'agent-factory' });
    const answer = await fetchProtectedResource(server, token, new URL(api + path), 'GET', null, headers);
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
    return answer.json();
  };

  return {
    id,
    name,
    authorizationUrl: (redirectUri, { state, verifier }) =>
      asking(id, log, async () =>
        buildAuthorizationUrl(server, {
          redirect_uri: redirectUri,
          scope: 'read:user user:email',
          state,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }),
      ),
    identify: (callback, { state, verifier }) =>
      asking(id, log, async () => {
        // Its discovery document is for other uses, and so is the issuer it names; the address is this provider's alone.
        callback.searchParams.delete('iss');
        const tokens = await authorizationCodeGrant(server, callback, {
          expectedState: state,
          pkceCodeVerifier: verifier,
        });
        const user = (await read(tokens.access_token, '/user')) as Partial<GitHubUser>; // looked at below
        if (!Number.isInteger(user.id) || typeof user.login !== 'string')
          throw errors.AF_OIDC_PROVIDER_FAILED({ provider: id, reason: 'it does not say who you are' });
        const email = primaryOf(await read(tokens.access_token, '/user/emails'));
        return {
          issuer: base.origin,
          subject: String(user.id),
          label: user.login,
          name: user.name ?? user.login,
          ...(email !== undefined && { provenEmail: email }),
        };
      }),
  };
}

/** GitHub has people open a link for each email it calls verified. */
function primaryOf(emails: unknown): string | undefined {
  if (!Array.isArray(emails)) return undefined;
  const found = (emails as readonly Partial<GitHubEmail>[]).find(
    (one) => one?.primary === true && one.verified === true && typeof one.email === 'string',
  ); // each is looked at
  return found?.email?.toLowerCase();
}
