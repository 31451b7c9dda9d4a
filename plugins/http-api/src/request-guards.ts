import type { IncomingMessage } from 'node:http';
import { errors } from './errors.ts';
import { isLoopback } from './loopback.ts';

/** Methods that change nothing. */
export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Until an auth plugin is active, whatever reaches the loopback address may do all. Web pages the operator happens
 * to visit reach it too, so what comes from them is refused: by its host name (a page that resolves its own name
 * to this machine), or by its origin (a page that posts here without needing to read the answer). With a login
 * neither is any use to such a page, and the server may have any name. Throws what to answer.
 */
export function createRequestGuard(): (request: IncomingMessage) => void {
  let known: string | undefined;
  return (request) => {
    const host = request.headers.host ?? '';
    if (host !== known) {
      if (!namesLoopback(host)) throw errors.AF_HTTP_HOST_REFUSED({ host: host.slice(0, 100) });
      known = host;
    }
    if (safeMethods.has(request.method ?? '') || isFromHere(request)) return;
    const origin = request.headers.origin ?? 'another site';
    throw errors.AF_HTTP_CROSS_SITE({ origin: origin.slice(0, 100) });
  };
}

/** Whether a `Host` header names this machine; any port will do. */
function namesLoopback(header: string): boolean {
  const name = header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isLoopback(name.toLowerCase());
}

/** Whether a request comes from this server's own pages or from no page at all (Fetch Metadata, RFC 6454). */
export function isFromHere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  return origin === undefined || /^https?:\/\/(.*)$/.exec(origin)?.[1] === headers.host;
}
