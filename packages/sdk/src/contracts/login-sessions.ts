import { defineContract, type SingleContract } from '../contract.ts';

/** Sessions of browsers, for plugins that let people in by another way than a password. */
export interface LoginSessions {
  /** Begins one; what it gives goes into the headers of the answer and hands it to the browser. */
  begin(account: string): Promise<{ readonly headers: Readonly<Record<string, string>> }>;
  /**
   * Makes it somebody's who came by another way, before they are let in: links with which a password could be set are
   * taken back, and only who manages the platform makes others. `by` names the login, the same each time. False where
   * it is somebody's else: another login was quicker, or a password was set, also at the very same moment.
   */
  claim(account: string, by: string): Promise<boolean>;
  /**
   * Has whoever is in with it prove their second factor, where it has one. AF_SESSION_CODE_NEEDED where no code came,
   * AF_SESSION_CODE_WRONG, AF_SESSION_TOO_MANY.
   */
  checkSecondFactor(account: string, code: string | undefined): Promise<void>;
  /** Whether a password lets somebody in. */
  hasPassword(account: string): Promise<boolean>;
}

/** Token of {@link LoginSessions}. */
export const LoginSessions: SingleContract<LoginSessions> = defineContract<LoginSessions>({
  id: 'login-sessions',
  version: '1.0.0',
  description: 'Sessions of browsers.',
});
