import type { AuthSessionConfig } from './config.ts';

/** Name of the cookie. With the prefix browsers take it only over a secure connection, for this host and all paths. */
export function cookieName({ secureCookies }: Pick<AuthSessionConfig, 'secureCookies'>): string {
  return secureCookies ? '__Host-af-session' : 'af-session';
}

/** The header that sets it, or takes it away. */
export function setCookie(
  config: Pick<AuthSessionConfig, 'secureCookies' | 'maxMs'>,
  value: string | undefined,
): string {
  const age = value === undefined ? 0 : Math.floor(config.maxMs / 1000);
  const secure = config.secureCookies ? '; Secure' : '';
  return `${cookieName(config)}=${value ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`;
}

/** The value in a `cookie` header (RFC 6265, 5.4). */
export function readCookie(
  config: Pick<AuthSessionConfig, 'secureCookies'>,
  header: string,
): string | undefined {
  const start = `${cookieName(config)}=`;
  return header
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(start))
    ?.slice(start.length);
}
