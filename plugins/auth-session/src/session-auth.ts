import {
  loginSessionErrors,
  type Account,
  type Accounts,
  type LoginSessions,
} from '@agent-factory/sdk/contracts';
import type { Claims } from './claims.ts';
import { errors } from './errors.ts';
import type { FailureDelay } from './failure-delay.ts';
import type { Invitations } from './invitations.ts';
import { mayStillInvite } from './may-invite.ts';
import { checkPassword, hashPassword } from './password-hash.ts';
import type { Passwords } from './passwords.ts';
import type { SecondFactor } from './second-factor.ts';
import type { BegunSession, Sessions } from './sessions.ts';

/** What logging in stands on. */
export interface SessionAuthParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly invitations: Invitations;
  readonly claims: Claims;
  readonly secondFactor: SecondFactor;
  readonly delay: FailureDelay;
}

/** Logs people in, and lets them set their password. */
export interface SessionAuth {
  login(wish: {
    readonly email: string;
    readonly password: string;
    readonly code?: string;
  }): Promise<BegunSession & { readonly account: Account }>;
  /** Sets a password by a link, and logs in. A second factor that was lost goes. */
  accept(token: string, password: string): Promise<BegunSession & { readonly account: Account }>;
  /** Ends all other sessions, and takes back a link that was not used. */
  changePassword(
    account: string,
    change: { readonly current: string; readonly next: string; readonly session: string },
  ): Promise<void>;
  /** AF_SESSION_LOGIN_FAILED unless it is the password of the account. */
  checkOwn(account: string, password: string): Promise<void>;
  /** As {@link LoginSessions.checkSecondFactor}. */
  checkSecondFactor: LoginSessions['checkSecondFactor'];
}

export function createSessionAuth(parts: SessionAuthParts): SessionAuth {
  const { accounts, passwords, sessions, invitations, claims, secondFactor, delay } = parts;

  const enabled = async (idOrEmail: string): Promise<Account | undefined> => {
    const account = await accounts.account(idOrEmail);
    return account && !account.disabled ? account : undefined;
  };

  /** What is tried once somebody is in counts as tries to log in do. */
  const beginTry = async (id: string): Promise<() => Promise<void>> =>
    delay.begin((await accounts.account(id))?.email ?? id);

  const checkOwn = async (id: string, password: string): Promise<void> => {
    const takeBack = await beginTry(id);
    if (!(await passwords.isRight(id, password))) throw errors.AF_SESSION_LOGIN_FAILED({});
    await takeBack();
  };

  const checkCode = async (
    account: string,
    code: string | undefined,
    takeBack: () => Promise<void>,
  ): Promise<void> => {
    if (code === undefined) {
      await takeBack();
      throw loginSessionErrors.AF_SESSION_CODE_NEEDED({});
    }
    await secondFactor.check(account, code);
  };

  return {
    async login({ email, password, code }) {
      const takeBack = await delay.begin(email);
      const found = await enabled(email);
      // An id is no login name; and what nobody has takes as long as what somebody has.
      const account = found?.email === email.toLowerCase() ? found : undefined;
      if (!(await passwords.isRight(account?.id, password)) || !account)
        throw errors.AF_SESSION_LOGIN_FAILED({});
      if (await secondFactor.isOn(account.id)) await checkCode(account.id, code, takeBack);
      await delay.passed(email);
      return { ...(await sessions.begin(account.id)), account };
    },
    async accept(token, password) {
      const { account: id, by } = await invitations.look(token);
      const account = await enabled(id);
      if (!account || !(await mayStillInvite(parts, by, id))) throw errors.AF_SESSION_INVITATION_INVALID({});
      checkPassword(password, account.email);
      await claims.byLink(token, id, await hashPassword(password));
      await secondFactor.remove(id);
      if (account.email !== undefined) await delay.passed(account.email);
      await sessions.end(id, { butNot: '' });
      return { ...(await sessions.begin(id)), account };
    },
    async changePassword(account, { current, next, session }) {
      await checkOwn(account, current);
      checkPassword(next, (await accounts.account(account))?.email);
      await passwords.set(account, next);
      await invitations.withdraw(account);
      await sessions.end(account, { butNot: session });
    },
    checkOwn,
    async checkSecondFactor(account, code) {
      if (!(await secondFactor.isOn(account))) return;
      const takeBack = await beginTry(account);
      await checkCode(account, code, takeBack);
      await takeBack();
    },
  };
}
