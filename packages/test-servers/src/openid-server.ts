import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

/** Who logs in at the server. */
export interface Person {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  /** The domain that a Google account is hosted for. */
  readonly hd?: string;
}

/** A real OpenID server on a free port, at which somebody agrees to everything, or to nothing. */
export interface OpenIdServer {
  readonly issuer: string;
  /** Who sits before the browser; `undefined` says no. */
  person: Person | undefined;
  /** Seconds that its ID tokens hold from when they are made. Default 600. */
  idTokenSeconds: number;
  /** Signs with a key from now on, and publishes those by which others verify; that key alone where left out. */
  useKeys(signsWith: SigningKey, published?: readonly SigningKey[]): void;
  close(): Promise<void>;
}

/** A private key of a server. */
export type SigningKey = JsonWebKey;

/** Makes one. */
export function signingKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' };
}

/** What the platform is known by there. */
export const client = { id: 'agent-factory', secret: 'a secret of this client' };

/** Starts one that sends browsers back to `publicUrl`, for the providers of these ids; Google tells all in the ID token. */
export async function startOpenIdServer(
  publicUrl: string,
  ids: readonly string[],
  { isAllInIdToken = false }: { readonly isAllInIdToken?: boolean } = {},
): Promise<OpenIdServer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = originOf(server);
  const people = new Map<string, Person>();
  const settings = {
    adapter: (model: string) => new MemoryAdapter(model), // the default, which warns of itself
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: ids.map((id) => `${publicUrl}/api/v1/auth/oidc/${id}/callback`),
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'hd'] },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: () => running.idTokenSeconds,
      Interaction: 600,
      Session: 600,
    },
    conformIdTokenClaims: !isAllInIdToken,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['of this test'] },
    interactions: { url: (_ctx: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: async () => people.get(sub) }),
  };
  const providerWith = (keys: readonly SigningKey[]): Provider =>
    new Provider(issuer, { ...settings, jwks: { keys } });
  let provider: Provider;
  let publisher: Provider;

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { params } = await provider.interactionDetails(request, response);
    const { person } = running;
    if (!person) return provider.interactionFinished(request, response, { error: 'access_denied' });
    people.set(person.sub, person);
    const grant = new provider.Grant({ accountId: person.sub, clientId: params['client_id'] ?? '' });
    grant.addOIDCScope(params['scope'] ?? '');
    const consent = { grantId: await grant.save() };
    return provider.interactionFinished(request, response, { login: { accountId: person.sub }, consent });
  };
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) interact(request, response).catch(() => response.destroy());
    else (request.url === '/jwks' ? publisher : provider).callback()(request, response);
  });
  const running: OpenIdServer = {
    issuer,
    person: undefined,
    idTokenSeconds: 600,
    useKeys(signsWith, published) {
      provider = providerWith([signsWith]);
      publisher = published ? providerWith(published) : provider;
    },
    close: () => closed(server),
  };
  running.useKeys(signingKey());
  return running;
}

/** Where a server of this machine listens. */
export function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
}

/** Ends a server and what is connected to it. */
export async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
