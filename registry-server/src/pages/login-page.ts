import { escapeHtml } from '@agent-factory/sdk';
import { page } from './page.ts';

/** What the page is to ask. */
export interface LoginPage {
  /** `otp`: the second factor alone, of somebody who is logged in. */
  readonly kind: 'login' | 'otp';
  /** What was wrong with the last try. */
  readonly problem?: string;
}

const nameAndPassword =
  '<label for="name">Name</label><input id="name" name="name" autocomplete="username" autocapitalize="none" required autofocus>' +
  '<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>';

/** The page on which somebody logs in for the command line. */
export function loginPage({ kind, problem }: LoginPage): string {
  const isLogin = kind === 'login';
  const told = problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`;
  const hint = isLogin ? ' (if you have a second factor)' : '';
  return page(
    isLogin ? 'Log in to the registry' : 'Confirm with your second factor',
    `<p>Go on only if you have just started this yourself from the command line.</p>${told}` +
      `<form method="post">${isLogin ? nameAndPassword : ''}` +
      `<label for="otp">One-time password${hint}</label><input id="otp" name="otp" inputmode="numeric" autocomplete="one-time-code"${isLogin ? '' : ' required autofocus'}>` +
      `<button>${isLogin ? 'Log in' : 'Confirm'}</button></form>`,
  );
}

/** A page that says one thing. */
export function messagePage(title: string, message: string): string {
  return page(title, `<p>${escapeHtml(message)}</p>`);
}
