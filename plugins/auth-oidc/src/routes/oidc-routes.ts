import type { JsonSchema } from '@agent-factory/sdk';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import { bindingCookieName } from '../binding-cookie.ts';
import type { AuthOidcConfig } from '../config.ts';
import { errorTable } from '../errors.ts';
import type { OidcAuth } from '../oidc-auth.ts';
import { exactly, text } from './oidc-schemas.ts';

const params = exactly({
  provider: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'Short name of the provider.' },
});
/** A path of this server and of no other: `//host` and `/\host` are addresses to browsers. */
const path: JsonSchema = {
  type: 'string',
  pattern: '^/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*$',
  maxLength: 500,
  description: 'Path of this server where to land. Default: as configured.',
};
const short: JsonSchema = { type: 'string', maxLength: 4096 };

/** The doors: who one can come by, going there, and coming back. */
export function oidcRoutes(auth: OidcAuth, config: AuthOidcConfig): readonly HttpRoute[] {
  const shared = {
    tag: 'Login',
    permission: { public: 'Whoever comes here has no proof yet.' },
    method: 'GET',
  } as const;
  const { AF_OIDC_PROVIDER_UNKNOWN, AF_OIDC_PROVIDER_FAILED, AF_OIDC_ATTEMPT_INVALID } = errorTable;
  const { AF_OIDC_REFUSED, AF_OIDC_NOT_LINKED, AF_OIDC_ACCOUNT_REFUSED, AF_OIDC_LINKED_ELSEWHERE } =
    errorTable;
  return [
    {
      ...shared,
      path: '/api/v1/auth/oidc',
      operationId: 'listOidcProviders',
      summary: 'Whom one can log in with.',
      responses: {
        200: {
          description: 'The providers.',
          schema: exactly({
            providers: { type: 'array', items: exactly({ id: text, name: text, login: text }) },
          }),
          example: { providers: [{ id: 'google', name: 'Google', login: '/api/v1/auth/oidc/google' }] },
        },
      },
      rate: 'read',
      handler: async () => ({
        body: {
          providers: auth.providers.map(({ id, name }) => ({ id, name, login: `/api/v1/auth/oidc/${id}` })),
        },
      }),
    },
    {
      ...shared,
      path: '/api/v1/auth/oidc/{provider}',
      operationId: 'beginOidcLogin',
      summary: 'Send the browser to a provider, to log in there.',
      params,
      query: exactly({ returnTo: path }, ['returnTo']),
      responses: { 303: { description: 'To the provider.' } },
      errors: { AF_OIDC_PROVIDER_UNKNOWN, AF_OIDC_PROVIDER_FAILED },
      rate: 'login',
      handler: async ({ params: { provider = '' }, query }) => {
        const { url, cookie } = await auth.begin(provider, query as { returnTo?: string }); // as its schema says
        const headers = { location: url, 'set-cookie': cookie, 'cache-control': 'no-store' };
        return { headers, body: null };
      },
    },
    {
      ...shared,
      path: '/api/v1/auth/oidc/{provider}/callback',
      operationId: 'endOidcLogin',
      summary: 'Where a provider sends the browser back: begins a session, or links the login.',
      params,
      query: {
        type: 'object',
        properties: { state: short, code: short, error: short, iss: short },
        // Providers add what they like.
        additionalProperties: short,
      },
      cookies: [bindingCookieName(config)],
      responses: { 303: { description: 'To where the person wanted to go.' } },
      errors: {
        AF_OIDC_PROVIDER_UNKNOWN,
        AF_OIDC_PROVIDER_FAILED,
        AF_OIDC_ATTEMPT_INVALID,
        AF_OIDC_REFUSED,
        AF_OIDC_NOT_LINKED,
        AF_OIDC_ACCOUNT_REFUSED,
        AF_OIDC_LINKED_ELSEWHERE,
      },
      rate: 'login',
      handler: async ({ params: { provider = '' }, query, cookies }) => {
        const { returnTo, account, headers } = await auth.end(provider, {
          query: query as Readonly<Record<string, string>>, // as its schema says
          browser: cookies?.[bindingCookieName(config)],
        });
        const all = {
          ...headers,
          location: returnTo,
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
        };
        return { headers: all, body: null, about: account };
      },
    },
  ];
}
