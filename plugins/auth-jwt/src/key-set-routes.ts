import type { Json } from '@agent-factory/sdk';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import type { SigningKeys } from './signing-keys.ts';
import { exactly } from './token-schemas.ts';

/** Seconds that the list may be kept; a key is on it for longer before it signs. */
const keptSeconds = 300;

/** Routes about the keys that sign. */
export function keySetRoutes(keys: SigningKeys): readonly HttpRoute[] {
  const shared = { tag: 'Login' } as const;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/auth/jwks.json',
      operationId: 'getKeySet',
      summary: 'The public keys that access tokens are signed with (RFC 7517).',
      description:
        'For services that take them as well. A token says who and for which tenant, and not what they may do; that it ' +
        'was ended before its time is known here alone.',
      permission: { public: 'Public keys are for everybody.' },
      responses: {
        200: {
          description: 'The keys.',
          contentType: 'application/jwk-set+json',
          schema: exactly({ keys: { type: 'array', items: { type: 'object' } } }),
          example: {
            keys: [
              {
                kty: 'OKP',
                crv: 'Ed25519',
                x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
                kid: 'f3kQ0mA4Qy2eYw2S',
                alg: 'EdDSA',
                use: 'sig',
              },
            ],
          },
        },
      },
      rate: 'read',
      handler: async () => ({
        headers: { 'cache-control': `public, max-age=${keptSeconds}` },
        body: { keys: (await keys.published()) as Json }, // JWKs are JSON
      }),
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/auth/signing-keys/rotate',
      operationId: 'rotateSigningKey',
      summary: 'Sign access tokens with another key from now on.',
      description:
        'Keys are changed by themselves; this is for when one may have been seen. With "drop", access tokens signed before ' +
        'hold no more, in all processes within seconds; refresh tokens are not signed and go on.',
      permission: 'signing-keys:write',
      body: exactly({ drop: { type: 'boolean', default: false } }, ['drop']),
      bodyExample: { drop: true },
      responses: {
        200: {
          description: 'The key that signs now.',
          schema: exactly({ kid: { type: 'string' } }),
          example: { kid: 'f3kQ0mA4Qy2eYw2S' },
        },
      },
      rate: 'write',
      handler: async ({ body }) => {
        const { drop = false } = body as { readonly drop?: boolean }; // as its schema says
        return { body: { kid: await keys.rotate({ drop }) } };
      },
    },
  ];
}
