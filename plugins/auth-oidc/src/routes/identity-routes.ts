import {
  builtInRoles,
  loginSessionErrorTable,
  type BuiltInRole,
  type HttpRoute,
  type Permission,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { OidcAuth } from '../oidc-auth.ts';
import { exactly, text, time } from './oidc-schemas.ts';

/** What linking asks for. */
export const identityPermission: Permission = {
  name: 'identities:write',
  description: 'Link logins at providers with one’s own account, and unlink them.',
  roles: Object.keys(builtInRoles) as BuiltInRole[], // its keys
};

/** One's own logins at providers. */
export function identityRoutes(auth: OidcAuth, identities: Identities): readonly HttpRoute[] {
  const shared = { tag: 'Login' } as const;
  const { AF_OIDC_PROVIDER_UNKNOWN, AF_OIDC_PROVIDER_FAILED, AF_OIDC_SESSION_NEEDED } = errorTable;
  const { AF_OIDC_IDENTITY_UNKNOWN, AF_OIDC_LAST_WAY } = errorTable;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/auth/identities',
      operationId: 'listIdentities',
      summary: 'The logins at providers that belong to oneself.',
      permission: 'me:read',
      responses: {
        200: {
          description: 'The logins.',
          schema: exactly({
            identities: {
              type: 'array',
              items: exactly({ id: text, provider: text, label: text, createdAt: time }),
            },
          }),
          example: {
            identities: [
              {
                id: 'f3kQ0mA4Qy2eYw2S',
                provider: 'google',
                label: 'ann@example.com',
                createdAt: 1_764_374_400_000,
              },
            ],
          },
        },
      },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: {
          identities: (await identities.list(principal.id)).map((row) => ({
            id: row.id,
            provider: row.provider,
            label: row.label,
            createdAt: row.created_at,
          })),
        },
      }),
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/auth/oidc/{provider}/link',
      operationId: 'linkIdentity',
      summary: 'Begin to link a login at a provider with one’s own account, in a session.',
      permission: 'identities:write',
      params: exactly({
        provider: {
          type: 'string',
          pattern: '^[a-z][a-z0-9-]{0,39}$',
          description: 'Short name of the provider.',
        },
      }),
      description:
        'Asks for a code of the second factor where the account has one: it will not be asked for again.',
      body: exactly(
        {
          code: {
            type: 'string',
            pattern: '^[0-9]{6}$',
            description: 'What the app of the second factor shows.',
          },
        },
        ['code'],
      ),
      bodyExample: { code: '492039' },
      responses: {
        200: {
          description: 'Where to send the browser.',
          schema: exactly({ url: text }),
          example: { url: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=example' },
        },
      },
      errors: {
        AF_OIDC_PROVIDER_UNKNOWN,
        AF_OIDC_PROVIDER_FAILED,
        AF_OIDC_SESSION_NEEDED,
        ...loginSessionErrorTable,
      },
      rate: 'login',
      handler: async ({ params: { provider = '' }, body, principal }) => {
        // Who found a key would otherwise have a way in that outlives it.
        const { id: account, credential } = principal;
        if (credential?.scheme !== 'session') throw errors.AF_OIDC_SESSION_NEEDED({});
        const linkTo = { ...(body as { readonly code?: string }), account, session: credential.id }; // as its schema says
        const { url, cookie } = await auth.begin(provider, { linkTo });
        return { headers: { 'set-cookie': cookie, 'cache-control': 'no-store' }, body: { url } };
      },
    },
    {
      ...shared,
      method: 'DELETE',
      path: '/api/v1/auth/identities/{id}',
      operationId: 'unlinkIdentity',
      summary: 'Unlink a login at a provider. Sessions that were begun with it go on.',
      permission: 'identities:write',
      params: exactly({ id: { type: 'string', pattern: '^[\\w-]{16}$', description: 'Its id.' } }),
      responses: {
        200: { description: 'Done.', schema: exactly({ done: { const: true } }), example: { done: true } },
      },
      errors: { AF_OIDC_IDENTITY_UNKNOWN, AF_OIDC_LAST_WAY },
      rate: 'write',
      handler: async ({ params: { id = '' }, principal }) => {
        await identities.unlink(id, principal.id);
        return { body: { done: true } };
      },
    },
  ];
}
