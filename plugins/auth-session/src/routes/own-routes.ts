import { loginSessionErrorTable, type HttpRoute, type Principal } from '@agent-factory/sdk/contracts';
import type { AuthSessionConfig } from '../config.ts';
import { errors, errorTable } from '../errors.ts';
import type { SessionAuthParts, SessionAuth } from '../session-auth.ts';
import { setCookie } from '../session-cookie.ts';
import {
  answerOf,
  codeSchema,
  doneResponse,
  exactly,
  passwordSchema,
  sessionResponse,
  text,
  time,
} from './session-schemas.ts';

/** One's own session, password and second factor. */
export function ownRoutes(
  auth: SessionAuth,
  { sessions, secondFactor, accounts }: SessionAuthParts,
  config: AuthSessionConfig,
): readonly HttpRoute[] {
  const shared = { tag: 'Login' } as const;
  const read = { ...shared, permission: 'me:read', rate: 'read' } as const;
  const write = { ...shared, permission: 'me:write', rate: 'login' } as const;
  const { AF_SESSION_LOGIN_FAILED, AF_SESSION_PASSWORD_WEAK, AF_SESSION_UNKNOWN } = errorTable;
  const { AF_SESSION_SECOND_FACTOR_OFF, AF_SESSION_SECOND_FACTOR_THERE } = errorTable;
  const { AF_SESSION_CODE_WRONG, AF_SESSION_TOO_MANY } = loginSessionErrorTable;
  const proven = { AF_SESSION_LOGIN_FAILED, AF_SESSION_TOO_MANY };
  const sessionOf = ({ credential }: Principal): string =>
    credential?.scheme === 'session' ? credential.id : '';
  return [
    {
      ...read,
      method: 'GET',
      path: '/api/v1/auth/session',
      operationId: 'getSession',
      summary: 'The session of this request, and the token that goes with changes.',
      responses: { 200: sessionResponse },
      errors: { AF_SESSION_UNKNOWN },
      handler: async ({ principal }) => {
        const id = sessionOf(principal);
        const row = (await sessions.list(principal.id)).find((one) => one.id === id);
        if (!row) throw errors.AF_SESSION_UNKNOWN({ session: id });
        return { body: { account: row.account, csrfToken: row.csrf, expiresAt: row.expires_at } };
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/api/v1/auth/sessions',
      operationId: 'listSessions',
      summary: 'All sessions one has, newest first.',
      responses: {
        200: answerOf(
          'The sessions.',
          exactly({
            sessions: {
              type: 'array',
              items: exactly({
                id: text,
                createdAt: time,
                seenAt: time,
                expiresAt: time,
                current: { type: 'boolean' },
              }),
            },
          }),
          {
            sessions: [
              {
                id: 'f3kQ0mA4Qy2eYw2S',
                createdAt: 1_764_374_400_000,
                seenAt: 1_764_378_000_000,
                expiresAt: 1_764_979_200_000,
                current: true,
              },
            ],
          },
        ),
      },
      handler: async ({ principal }) => ({
        body: {
          sessions: (await sessions.list(principal.id)).map((row) => ({
            id: row.id,
            createdAt: row.created_at,
            seenAt: row.seen_at,
            expiresAt: row.expires_at,
            current: row.id === sessionOf(principal),
          })),
        },
      }),
    },
    {
      ...write,
      method: 'DELETE',
      path: '/api/v1/auth/sessions/{session}',
      operationId: 'endSession',
      summary: 'End one of one’s sessions.',
      rate: 'write',
      params: exactly({ session: { type: 'string', minLength: 1, maxLength: 40, description: 'Its id.' } }),
      responses: { 200: doneResponse },
      errors: { AF_SESSION_UNKNOWN },
      handler: async ({ params: { session = '' }, principal }) => {
        if ((await sessions.end(principal.id, { id: session })) === 0)
          throw errors.AF_SESSION_UNKNOWN({ session });
        return { body: { done: true } };
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/api/v1/auth/logout',
      operationId: 'logout',
      summary: 'End the session of this request.',
      rate: 'write',
      responses: { 200: doneResponse },
      handler: async ({ principal }) => {
        await sessions.end(principal.id, { id: sessionOf(principal) });
        return { headers: { 'set-cookie': setCookie(config, undefined) }, body: { done: true } };
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/api/v1/auth/password',
      operationId: 'changePassword',
      summary: 'Change one’s password. All other sessions end.',
      body: exactly({ current: passwordSchema, next: passwordSchema }),
      bodyExample: { current: 'correct horse battery staple', next: 'a longer one, which is better' },
      responses: { 200: doneResponse },
      errors: { ...proven, AF_SESSION_PASSWORD_WEAK },
      handler: async ({ body, principal }) => {
        const change = body as { current: string; next: string }; // as its schema says
        await auth.changePassword(principal.id, { ...change, session: sessionOf(principal) });
        return { body: { done: true } };
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/api/v1/auth/second-factor',
      operationId: 'beginSecondFactor',
      secretAnswer: true,
      summary: 'Begin to set up a second factor. It counts once a code of it was given.',
      body: exactly({ password: passwordSchema }),
      bodyExample: { password: 'correct horse battery staple' },
      responses: {
        200: answerOf('What the app takes.', exactly({ secret: text, uri: text }), {
          secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
          uri: 'otpauth://totp/Agent%20Factory%3Aann?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Agent%20Factory',
        }),
      },
      errors: { ...proven, AF_SESSION_SECOND_FACTOR_OFF, AF_SESSION_SECOND_FACTOR_THERE },
      handler: async ({ body, principal }) => {
        await auth.checkOwn(principal.id, (body as { password: string }).password); // as its schema says
        const label = (await accounts.account(principal.id))?.email ?? principal.id;
        return { body: { ...(await secondFactor.begin(principal.id, label)) } };
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/api/v1/auth/second-factor/confirm',
      operationId: 'confirmSecondFactor',
      summary: 'Put the second factor into force with a code of it.',
      body: exactly({ code: codeSchema }),
      bodyExample: { code: '492039' },
      responses: { 200: doneResponse },
      errors: { AF_SESSION_CODE_WRONG, AF_SESSION_SECOND_FACTOR_OFF },
      handler: async ({ body, principal }) => {
        await secondFactor.confirm(principal.id, (body as { code: string }).code); // as its schema says
        return { body: { done: true } };
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/api/v1/auth/second-factor/remove',
      operationId: 'removeSecondFactor',
      summary: 'Do without a second factor from now on.',
      body: exactly({ password: passwordSchema }),
      bodyExample: { password: 'correct horse battery staple' },
      responses: { 200: doneResponse },
      errors: proven,
      handler: async ({ body, principal }) => {
        await auth.checkOwn(principal.id, (body as { password: string }).password); // as its schema says
        await secondFactor.remove(principal.id);
        return { body: { done: true } };
      },
    },
  ];
}
