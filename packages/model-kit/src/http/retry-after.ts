import type { IncomingHttpHeaders } from 'node:http';

/**
 * How long a server asks to be left alone, in milliseconds: `retry-after-ms`, or `retry-after` as seconds or as
 * a date (RFC 9110, 10.2.3).
 */
export function readRetryAfter(headers: IncomingHttpHeaders): number | undefined {
  const ms = headers['retry-after-ms'];
  const exact = typeof ms === 'string' && ms.trim() !== '' ? Number(ms) : Number.NaN;
  if (exact >= 0) return exact;
  const header = headers['retry-after'];
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
