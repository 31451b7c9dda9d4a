import { isAgentFactoryError } from '@agent-factory/sdk';
import type { RetryPolicy } from './resilience-config.ts';

const longestDelayMs = 8000;
/** Repetitions in hand at most; each takes one, each good answer gives a part of one back. */
const budget = 10;
const returned = 0.2;

/** Decides whether a failed call is repeated. When most calls fail, few are: the budget is used up. */
export interface Retries {
  /** Milliseconds to wait before call number `tries` + 2; `undefined` when it is not repeated. */
  delayAfter(error: unknown, tries: number): number | undefined;
  /** A call went well. */
  succeeded(): void;
}

/** The retries of one provider, with a budget for all of its calls. */
export function createRetries(policy: RetryPolicy): Retries {
  let left = budget;
  return {
    delayAfter(error, tries) {
      if (tries >= policy.times || !isAgentFactoryError(error) || !error.retryable) return undefined;
      if (isLongWait(error.code, error.details) || left < 1) return undefined;
      const asked = error.details['retryAfterMs'];
      const wait = typeof asked === 'number' ? asked : backOff(policy.delayMs, tries);
      if (wait > policy.maxWaitMs) return undefined;
      left -= 1;
      // Those who were sent away together should not come back together.
      return typeof asked === 'number' ? wait + Math.random() * Math.min(wait, 1000) * 0.25 : wait;
    },
    succeeded() {
      left = Math.min(budget, left + returned);
    },
  };
}

/** Another wait as long as the first would outlast most runs; and what is left alone, or is full, stays so for a while. */
function isLongWait(code: string, details: Readonly<Record<string, unknown>>): boolean {
  if (code === 'AF_MODEL_CIRCUIT_OPEN' || code === 'AF_MODEL_BUSY') return true;
  return code === 'AF_MODEL_TIMEOUT' && details['setting'] !== 'timeouts/connectMs';
}

function backOff(delayMs: number, tries: number): number {
  return Math.min(delayMs * 2 ** tries, longestDelayMs) * (0.5 + Math.random() / 2);
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
