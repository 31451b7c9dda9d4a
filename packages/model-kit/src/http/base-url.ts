/** What is wrong with an address, for the error of a configuration. */
export interface BadAddress {
  readonly reason: string;
}

/** Reads the base URL of an API; a query string is kept. */
export function readBaseUrl(text: string): URL | BadAddress {
  if (!URL.canParse(text)) return { reason: 'it is no URL' };
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { reason: 'it must begin with http:// or https://' };
  }
  if (url.username || url.password) return { reason: 'it holds a password; put that into "headers"' };
  url.hash = '';
  return url;
}
