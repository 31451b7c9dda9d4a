import type { AuthOidcConfig } from './config.ts';

type Part = Pick<AuthOidcConfig, 'secureCookies'>;

/** Name of the cookie that ties a login to the browser it was begun in. */
export function bindingCookieName({ secureCookies }: Part): string {
  return secureCookies ? '__Host-af-oidc' : 'af-oidc';
}

/** The header that sets it. Lax: it has to come along when the provider sends the browser back. */
export function bindingCookie(config: Part, value: string): string {
  const secure = config.secureCookies ? '; Secure' : '';
  return `${bindingCookieName(config)}=${value}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax${secure}`;
}
