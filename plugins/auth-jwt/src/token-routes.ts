import type { JsonSchema } from '@agent-factory/sdk';
import {
  builtInRoles,
  type BuiltInRole,
  type HttpReply,
  type HttpResponseSpec,
  type HttpRoute,
  type Permission,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from './errors.ts';
import type { JwtAuth, TokenPair } from './jwt-auth.ts';
import type { TokenFamilies } from './token-families.ts';
import type { FamilyRow } from './token-rows.ts';
import { exactly } from './token-schemas.ts';

/** What the routes of this plugin ask for. */
export const tokenPermissions: readonly Permission[] = [
  {
    name: 'tokens:write',
    description: 'Get access tokens for oneself, and end them.',
    roles: Object.keys(builtInRoles) as BuiltInRole[], // its keys
  },
  {
    name: 'signing-keys:write',
    description: 'Change the keys that sign access tokens.',
    roles: ['platform-admin'],
    scope: 'platform',
    danger: 'high',
  },
];

const text: JsonSchema = { type: 'string' };
const time: JsonSchema = { type: 'integer', minimum: 0, description: 'Milliseconds since the epoch.' };
const scopes: JsonSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 100 },
  maxItems: 200,
  description:
    'They carry these permissions of the account and no others. Default: all that the credential has.',
};
const pairResponse: HttpResponseSpec = {
  description: 'The tokens. The refresh token holds once and gives the next.',
  schema: exactly({
    id: text,
    accessToken: text,
    tokenType: { const: 'Bearer' },
    expiresIn: { type: 'integer', minimum: 1, description: 'Seconds that the access token holds.' },
    refreshToken: text,
  }),
  example: {
    id: 'f3kQ0mA4Qy2eYw2S',
    accessToken: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMGExYiJ9.c2lnbmF0dXJl',
    tokenType: 'Bearer',
    expiresIn: 300,
    refreshToken: 'afr.f3kQ0mA4Qy2eYw2S.0b9c6cNf0J0m7mA4Qy2eYw.kzN6yYpW1o0o9b6cNf0J0m7mA4Qy2eYw2S3H5t8u1vQ',
  },
};
const familySchema: JsonSchema = exactly(
  {
    id: text,
    name: text,
    scopes,
    madeWith: { ...text, description: 'The credential they were made with; they end with it.' },
    createdAt: time,
    refreshedAt: time,
  },
  ['scopes'],
);

/** Routes about tokens of whoever asks. */
export function tokenRoutes(auth: JwtAuth, families: TokenFamilies): readonly HttpRoute[] {
  const shared = { tag: 'Login' } as const;
  const { AF_JWT_CREDENTIAL_REFUSED, AF_JWT_REFRESH_INVALID, AF_JWT_REFRESH_REUSED } = errorTable;
  return [
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/auth/tokens',
      operationId: 'createTokens',
      secretAnswer: true,
      summary: 'Get an access token and a refresh token, with a session or an API key.',
      description:
        'They are for the tenant of this request, and end with the credential they were made with.',
      permission: 'tokens:write',
      body: exactly({ name: { type: 'string', minLength: 1, maxLength: 200 }, scopes }, ['name', 'scopes']),
      bodyExample: { name: 'the app on my phone' },
      responses: { 201: pairResponse },
      errors: { AF_JWT_CREDENTIAL_REFUSED },
      rate: 'write',
      handler: async ({ body, principal }) => {
        const pair = await auth.give(principal, body as { name?: string; scopes?: string[] }); // as its schema says
        return { status: 201, ...answerOf(pair), about: pair.row.id };
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/auth/tokens/refresh',
      operationId: 'refreshTokens',
      secretAnswer: true,
      summary: 'Get the next tokens for a refresh token.',
      description:
        'The one that is sent holds no more. Where it is sent once more within seconds the answer is the same; later ' +
        'it is taken for stolen, and everything that came from it ends.',
      permission: { public: 'The refresh token is the proof.' },
      body: exactly({ refreshToken: { type: 'string', minLength: 1, maxLength: 4096 } }),
      bodyExample: {
        refreshToken:
          'afr.f3kQ0mA4Qy2eYw2S.0b9c6cNf0J0m7mA4Qy2eYw.kzN6yYpW1o0o9b6cNf0J0m7mA4Qy2eYw2S3H5t8u1vQ',
      },
      responses: { 200: pairResponse },
      errors: { AF_JWT_REFRESH_INVALID, AF_JWT_REFRESH_REUSED },
      rate: 'login',
      handler: async ({ body }) => {
        const pair = await auth.refresh((body as { refreshToken: string }).refreshToken); // as its schema says
        return { ...answerOf(pair), about: pair.row.account };
      },
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/auth/tokens',
      operationId: 'listTokens',
      summary: 'What tokens one has in this tenant, newest first.',
      permission: 'me:read',
      responses: {
        200: {
          description: 'The tokens, each line with all that came of one another.',
          schema: exactly({ tokens: { type: 'array', items: familySchema } }),
          example: {
            tokens: [
              {
                id: 'f3kQ0mA4Qy2eYw2S',
                name: 'the app on my phone',
                madeWith: 'session',
                createdAt: 1_764_374_400_000,
                refreshedAt: 1_764_378_000_000,
              },
            ],
          },
        },
      },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: { tokens: (await families.list(principal.id, principal.tenant)).map(shown) },
      }),
    },
    {
      ...shared,
      method: 'DELETE',
      path: '/api/v1/auth/tokens/{id}',
      operationId: 'endTokens',
      summary: 'End tokens of one’s own: the refresh token, and every access token that came of it.',
      permission: 'tokens:write',
      params: exactly({ id: { type: 'string', pattern: '^[\\w-]{16}$', description: 'Their id.' } }),
      responses: {
        200: { description: 'Done.', schema: exactly({ done: { const: true } }), example: { done: true } },
      },
      errors: { AF_JWT_UNKNOWN: errorTable.AF_JWT_UNKNOWN },
      rate: 'write',
      handler: async ({ params: { id = '' }, principal }) => {
        if (!(await families.end(id, principal.id, principal.tenant))) throw errors.AF_JWT_UNKNOWN({ id });
        return { body: { done: true } };
      },
    },
  ];
}

/** As RFC 6749, 5.1 would have it, and kept by nobody between. */
function answerOf({
  accessToken,
  expiresInMs,
  refreshToken,
  row,
}: TokenPair): Extract<HttpReply, { body: unknown }> {
  return {
    headers: { 'cache-control': 'no-store' },
    body: {
      id: row.id,
      accessToken,
      tokenType: 'Bearer',
      expiresIn: Math.floor(expiresInMs / 1000),
      refreshToken,
    },
  };
}

function shown(row: FamilyRow) {
  return {
    id: row.id,
    name: row.name,
    ...(row.scopes !== null && { scopes: JSON.parse(row.scopes) as string[] }), // as they were kept
    madeWith: row.made_with,
    createdAt: row.created_at,
    refreshedAt: row.refreshed_at,
  };
}
