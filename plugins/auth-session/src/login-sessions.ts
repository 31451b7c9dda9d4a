import type { LoginSessions } from '@agent-factory/sdk/contracts';
import type { AuthSessionConfig } from './config.ts';
import type { Invitations } from './invitations.ts';
import type { Passwords } from './passwords.ts';
import { setCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Sessions for whoever came in by another way than a password. */
export function createLoginSessions(
  {
    sessions,
    passwords,
    invitations,
  }: { readonly sessions: Sessions; readonly passwords: Passwords; readonly invitations: Invitations },
  config: Pick<AuthSessionConfig, 'secureCookies' | 'maxMs'>,
): LoginSessions {
  return {
    async begin(account) {
      const { cookie } = await sessions.begin(account);
      return { headers: { 'set-cookie': setCookie(config, cookie) } };
    },
    isClaimed: (account) => passwords.isSet(account),
    async claim(account) {
      const isFirst = await passwords.setUnusable(account);
      if (isFirst) await invitations.withdraw(account);
      return isFirst;
    },
    hasPassword: (account) => passwords.isUsable(account),
  };
}
