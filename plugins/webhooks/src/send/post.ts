import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Outbound } from '@agent-factory/sdk/outbound';
import { errors } from '../errors.ts';
import { answerBytes, answerExcerpt } from './answer-excerpt.ts';
import { askedPause } from './retry-time.ts';

/** What came of a request. */
export interface Outcome {
  readonly durationMs: number;
  readonly status?: number;
  /** Code and reason of what went wrong; left out where it was received. */
  readonly error?: string;
  readonly reason?: string;
  readonly answer?: string;
  /** How long the receiver wants to be left alone. */
  readonly askedMs?: number;
}

/** What is sent where. */
export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  readonly allowHttp: boolean;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Makes one request, and says what came of it. Throws the reason of `signal` alone. */
export async function post(outbound: Outbound, options: PostOptions): Promise<Outcome> {
  const { headers, body, timeoutMs, allowHttp, now, signal } = options;
  const startedAt = performance.now();
  const durationMs = (): number => Math.round(performance.now() - startedAt);
  let asked = 0;
  try {
    const {
      status,
      headers: received,
      body: answered,
    } = await outbound.request({
      url: new URL(options.url),
      method: 'POST',
      headers,
      body,
      hideQuery: true, // an address may carry a key of its own
      // Asked for every address: a second one is where the first one sends us.
      admit(url) {
        asked += 1;
        if (asked > 1) throw errors.AF_WEBHOOK_REDIRECTED({});
        if (url.protocol !== 'https:' && !allowHttp)
          throw errors.AF_WEBHOOK_URL_INVALID({ reason: 'it is not https', mend: 'Use an https address.' });
      },
      timeoutMs,
      maxBytes: answerBytes,
      signal,
    });
    const answer = answerExcerpt(answered);
    const askedMs = askedPause(status, received['retry-after'], now);
    return {
      durationMs: durationMs(),
      status,
      ...(answer !== undefined && { answer }),
      ...(askedMs !== undefined && { askedMs }),
      ...(status < 200 || status > 299 ? failureOf(refusalBy(status)) : {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { durationMs: durationMs(), ...failureOf(error) };
  }
}

function refusalBy(status: number): Error {
  return status === 410 ? errors.AF_WEBHOOK_GONE({}) : errors.AF_WEBHOOK_REFUSED({ status });
}

const reasonCharacters = 300;

/** What went wrong, as it may be shown to the tenant: where a name leads inside the operator's network is not. */
export function failureOf(error: unknown): { readonly error: string; readonly reason: string } {
  if (!isAgentFactoryError(error)) throw error;
  const reason =
    error.code === 'AF_OUTBOUND_ADDRESS_REFUSED'
      ? 'The host leads to an address that is not on the public Internet.'
      : error.message;
  return { error: error.code, reason: reason.slice(0, reasonCharacters) };
}
