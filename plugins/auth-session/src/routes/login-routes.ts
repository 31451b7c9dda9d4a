import { loginSessionErrorTable, type HttpReply, type HttpRoute } from '@agent-factory/sdk/contracts';
import type { AuthSessionConfig } from '../config.ts';
import { errorTable } from '../errors.ts';
import type { SessionAuth } from '../session-auth.ts';
import { setCookie } from '../session-cookie.ts';
import type { BegunSession } from '../sessions.ts';
import { acceptPage, acceptPageHeaders } from './accept-page.ts';
import { codeSchema, exactly, passwordSchema, sessionResponse } from './session-schemas.ts';

const nobodyYet = { public: 'Whoever comes here has no proof yet.' } as const;

/** The doors: logging in, and setting a password by a link. */
export function loginRoutes(auth: SessionAuth, config: AuthSessionConfig): readonly HttpRoute[] {
  const shared = { tag: 'Login', permission: nobodyYet } as const;
  const begun = ({ row, cookie }: BegunSession): HttpReply => ({
    headers: { 'set-cookie': setCookie(config, cookie) },
    body: { account: row.account, csrfToken: row.csrf, expiresAt: row.expires_at },
    about: row.account,
  });
  const { AF_SESSION_LOGIN_FAILED, AF_SESSION_INVITATION_INVALID, AF_SESSION_PASSWORD_WEAK } = errorTable;
  return [
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/auth/login',
      operationId: 'login',
      summary: 'Log in with an email and a password, and a code where a second factor is set up.',
      body: exactly(
        {
          email: { type: 'string', minLength: 3, maxLength: 254 },
          password: passwordSchema,
          code: codeSchema,
        },
        ['code'],
      ),
      bodyExample: { email: 'ann@example.com', password: 'correct horse battery staple' },
      responses: { 200: sessionResponse },
      errors: { AF_SESSION_LOGIN_FAILED, ...loginSessionErrorTable },
      rate: 'login',
      handler: async ({ body }) =>
        begun(await auth.login(body as unknown as Parameters<SessionAuth['login']>[0])), // as its schema says
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/auth/accept',
      operationId: 'acceptInvitation',
      summary: 'Set a password by a link that holds once, and log in.',
      body: exactly({ token: { type: 'string', minLength: 1, maxLength: 200 }, password: passwordSchema }),
      bodyExample: {
        token: 'kzN6yYpW1o0o9b6cNf0J0m7mA4Qy2eYw2S3H5t8u1vQ',
        password: 'correct horse battery staple',
      },
      responses: { 200: sessionResponse },
      errors: { AF_SESSION_INVITATION_INVALID, AF_SESSION_PASSWORD_WEAK },
      rate: 'login',
      handler: async ({ body }) => {
        const { token, password } = body as { token: string; password: string }; // as its schema says
        return begun(await auth.accept(token, password));
      },
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/auth/accept',
      operationId: 'showInvitation',
      summary: 'The page behind such a link.',
      responses: { 200: { description: 'The page.', contentType: 'text/html; charset=utf-8' } },
      rate: 'read',
      handler: async () => ({ headers: acceptPageHeaders, body: acceptPage }),
    },
  ];
}
