import { isAgentFactoryError } from '@agent-factory/sdk';

const longestDelayMs = 8000;
/** A server that wants to be left alone for longer is told about, not waited for. */
const longestWaitMs = 60_000;

/** How failed calls are repeated. */
export interface RetryPolicy {
  readonly maxRetries: number;
  readonly retryDelayMs: number;
}

/** Milliseconds to wait before call number `tries` + 2; `undefined` when it is not worth repeating. */
export function retryDelay(error: unknown, tries: number, policy: RetryPolicy): number | undefined {
  if (tries >= policy.maxRetries || !isAgentFactoryError(error) || !error.retryable) return undefined;
  // Another wait as long as the first would outlast most runs.
  if (error.code === 'AF_LLM_OPENAI_TIMEOUT') return undefined;
  const asked = error.details['retryAfterMs'];
  if (typeof asked === 'number') return asked > longestWaitMs ? undefined : asked;
  const delay = Math.min(policy.retryDelayMs * 2 ** tries, longestDelayMs);
  return delay * (0.5 + Math.random() / 2);
}

/** Waits; rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error); // as it came: an abort may carry any reason
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
