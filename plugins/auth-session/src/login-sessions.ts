import type { LoginSessions } from '@agent-factory/sdk/contracts';
import type { AuthSessionConfig } from './config.ts';
import type { SessionAuth, SessionAuthParts } from './session-auth.ts';
import { setCookie } from './session-cookie.ts';

/** Sessions for whoever came in by another way than a password. */
export function createLoginSessions(
  {
    sessions,
    passwords,
    claims,
    auth,
  }: Pick<SessionAuthParts, 'sessions' | 'passwords' | 'claims'> & { readonly auth: SessionAuth },
  config: Pick<AuthSessionConfig, 'secureCookies' | 'maxMs'>,
): LoginSessions {
  return {
    async begin(account) {
      const { cookie } = await sessions.begin(account);
      return { headers: { 'set-cookie': setCookie(config, cookie) } };
    },
    claim: (account, by) => claims.byLogin(account, by),
    checkSecondFactor: (account, code) => auth.checkSecondFactor(account, code),
    hasPassword: (account) => passwords.isUsable(account),
  };
}
