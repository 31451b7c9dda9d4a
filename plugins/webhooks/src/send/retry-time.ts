/** What decides when to try again. */
export interface RetryOptions {
  /** Milliseconds before each further attempt. */
  readonly retryMs: readonly number[];
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** How much more or less a pause is, at random: receivers that came back are not met by all at once. */
const jitter = 0.1;
/** Nobody is asked to wait longer. */
const mostAskedMs = 86_400_000;

/**
 * Milliseconds to the attempt after this many that failed, `undefined` when there is none left. A receiver that asks for
 * a longer pause gets it, up to a day.
 */
export function retryDelay(
  failed: number,
  askedMs: number | undefined,
  { retryMs, random }: RetryOptions,
): number | undefined {
  const pause = retryMs[failed - 1];
  if (pause === undefined) return undefined;
  const own = Math.round(pause * (1 - jitter + 2 * jitter * random()));
  return Math.max(own, Math.min(askedMs ?? 0, mostAskedMs));
}

/** Milliseconds that a receiver asks for by `retry-after`, seconds or a date (RFC 9110, 10.2.3). */
export function askedPause(status: number, header: string | undefined, now: number): number | undefined {
  if ((status !== 429 && status !== 503) || header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = text.length > 40 ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
