import type { Secret } from '@agent-factory/sdk';

/** Where the headers of requests come from. */
export interface HeaderSource {
  readonly apiKey?: Secret;
  /** Sent with every request, secret or not. */
  readonly headers: Readonly<Record<string, Secret | string>>;
}

/** How a key is sent: `{ authorization: 'Bearer …' }`, `{ 'x-api-key': … }`. */
export type KeyHeader = (key: string) => Record<string, string>;

/** Sends the key as `authorization: Bearer …`. */
export const bearerKey: KeyHeader = (key) => ({ authorization: `Bearer ${key}` });

/** Headers of one request. */
export function requestHeaders(source: HeaderSource, keyHeader: KeyHeader): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const key = keyOf(source);
  if (key !== '') Object.assign(headers, keyHeader(key));
  for (const name in source.headers) headers[name.toLowerCase()] = textOf(source.headers[name]);
  return headers;
}

/** The API key, or `''`. */
export function keyOf(source: HeaderSource): string {
  return source.apiKey?.reveal().trim() ?? '';
}

/** The field that holds what no header can, and why; nothing of it is shown. */
export function headerProblem(source: HeaderSource): { field: string; reason: string } | undefined {
  const unsendable = (text: string): boolean => /[^\t\x20-\x7e]/.test(text);
  if (unsendable(keyOf(source))) {
    return { field: 'apiKey', reason: 'it has line breaks or letters that no header can hold' };
  }
  for (const [name, value] of Object.entries(source.headers)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && !unsendable(textOf(value))) continue;
    return { field: `headers/${name}`, reason: 'its name or value cannot be sent' };
  }
  return undefined;
}

/** Takes the key and the values of configured headers out of a text. */
export function redact(text: string, source: HeaderSource): string {
  let clean = text;
  for (const secret of [keyOf(source), ...Object.values(source.headers).map(textOf)]) {
    if (secret.length > 3) clean = clean.replaceAll(secret, '[redacted]');
  }
  return clean;
}

function textOf(value: Secret | string | undefined): string {
  return typeof value === 'string' ? value : (value?.reveal() ?? '');
}
