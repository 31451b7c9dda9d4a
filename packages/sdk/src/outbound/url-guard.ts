import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { outboundErrors as errors } from './outbound-errors.ts';
import { isPublicAddress } from './public-address.ts';

/** An address a host name leads to. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds all addresses of a host name. */
export type ResolveHost = (hostname: string) => Promise<readonly HostAddress[]>;

/** What {@link createUrlGuard} needs. */
export interface UrlGuardOptions {
  /** Hosts (`host` or `host:port`) that may be reached whatever their address or port. */
  readonly allowHosts: readonly string[];
  /** Where the operator lists such hosts, for messages: `"allowHosts" of tools-builtin`. */
  readonly setting: string;
  /** Default: the system's resolver. */
  readonly resolve?: ResolveHost;
}

/**
 * Decides whether a URL may be fetched; gives the addresses to dial, and no others may be dialled. `shown`: how the
 * URL is named in errors; default as {@link printable} gives it.
 */
export type UrlGuard = (url: URL, shown?: string) => Promise<readonly HostAddress[]>;

/**
 * Lets through http and https URLs on their standard ports whose host leads only to public addresses. The check
 * and the connection must use the same addresses, or a name server could change its answer in between.
 */
export function createUrlGuard({ allowHosts, setting, resolve = resolveHost }: UrlGuardOptions): UrlGuard {
  const allowed = new Set(allowHosts.map(normalizeHost));
  return async (url, shown = printable(url)) => {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw refused(shown, `its scheme is ${url.protocol.slice(0, -1)}`, 'Use an http or https address.');
    }
    if (url.username !== '' || url.password !== '') {
      throw refused(shown, 'it carries a user name or password', 'Leave them out of the address.');
    }
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const isAllowed = allowed.has(url.hostname) || allowed.has(`${url.hostname}:${port}`);
    if (!isAllowed && port !== '80' && port !== '443') {
      const mend = `Use port 80 or 443, or have the operator list it under ${setting}.`;
      throw refused(shown, `port ${port} is not open to tools`, mend);
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Node asks no resolver for literal addresses, so they are looked at here like any other.
    const family = isIP(host);
    const addresses: readonly HostAddress[] =
      family === 0 ? await resolve(host) : [{ address: host, family: family === 4 ? 4 : 6 }];
    if (addresses.length === 0)
      throw errors.AF_OUTBOUND_FAILED({ url: shown, reason: 'its host has no address' });
    const hidden = isAllowed ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
    if (hidden) throw errors.AF_OUTBOUND_ADDRESS_REFUSED({ host, address: hidden.address, setting });
    return addresses;
  };
}

/** A URL as it may be printed: without user name and password, and on wish without its query. */
export function printable(url: URL, hideQuery = false): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  if (hideQuery) shown.search = '';
  return shown.href.length > 300 ? `${shown.href.slice(0, 300)}…` : shown.href;
}

async function resolveHost(hostname: string): Promise<readonly HostAddress[]> {
  const found = await lookup(hostname, { all: true, order: 'verbatim' });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** `LOCALHOST:8080`, `[::1]:80` and `2130706433` in the form in which URLs give them. */
function normalizeHost(entry: string): string {
  const bare = isIP(entry) === 6 ? `[${entry}]` : entry;
  const url = URL.parse(`http://${bare}`);
  if (!url) return entry;
  const port = /:(\d+)$/.exec(bare)?.[1]; // URL leaves out a port of 80
  return port ? `${url.hostname}:${Number(port)}` : url.hostname;
}

function refused(url: string, reason: string, mend: string): Error {
  return errors.AF_OUTBOUND_URL_REFUSED({ url, reason, mend });
}
