import { defineContract, type SingleContract } from '../contract.ts';

/** Sessions of browsers, for plugins that let people in by another way than a password. */
export interface LoginSessions {
  /** Begins one; what it gives goes into the headers of the answer and hands it to the browser. */
  begin(account: string): Promise<{ readonly headers: Readonly<Record<string, string>> }>;
  /** Whether somebody was in with the account, or set a password for it: it is somebody's, and not only invited. */
  isClaimed(account: string): Promise<boolean>;
  /**
   * Makes it somebody's who came by another way: links with which a password could be set are taken back, and only who
   * manages the platform makes others. False where it was somebody's before.
   */
  claim(account: string): Promise<boolean>;
  /** Whether a password lets somebody in. */
  hasPassword(account: string): Promise<boolean>;
}

/** Token of {@link LoginSessions}. */
export const LoginSessions: SingleContract<LoginSessions> = defineContract<LoginSessions>({
  id: 'login-sessions',
  version: '1.0.0',
  description: 'Sessions of browsers.',
});
