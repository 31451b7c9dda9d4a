import { isAgentFactoryError } from '@agent-factory/sdk';
import { modelErrors } from '@agent-factory/sdk/contracts';
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import type { CircuitPolicy } from './resilience-config.ts';

/** One call that a circuit let through; its outcome has to be told. */
interface Trial {
  succeeded(): void;
  failed(error: unknown): void;
}

/** Leaves a model alone that has failed several times in a row, and lets one call through after a while to see. */
export interface Circuit {
  /** AF_MODEL_CIRCUIT_OPEN while the model is left alone. */
  begin(): Trial;
  readonly open: boolean;
}

/** Failures that are the server's, or the network's; others say nothing of the next call. */
const telling = new Set([
  'AF_MODEL_OVERLOADED',
  'AF_MODEL_TIMEOUT',
  'AF_MODEL_CONNECTION',
  'AF_MODEL_TLS',
  'AF_MODEL_STREAM_BROKEN',
  'AF_MODEL_RESPONSE_INVALID',
]);

/** What the trial of a half-open circuit ends with when its caller gave it up: nothing was learnt. */
const givenUp = new Error('given up');

const unwatched: Trial = { succeeded() {}, failed() {} };

/** A circuit for `model`, a name for messages. */
export function createCircuit(model: string, policy: CircuitPolicy): Circuit {
  if (policy.failures === 0) return { open: false, begin: () => unwatched };
  const { failures, resetMs } = policy;
  let openedAt = 0;
  const breaker: CircuitBreakerPolicy = circuitBreaker(
    handleWhen((error) => error === givenUp || (isAgentFactoryError(error) && telling.has(error.code))),
    { halfOpenAfter: resetMs, breaker: new ConsecutiveBreaker(failures) },
  );
  breaker.onBreak(() => (openedAt = Date.now()));

  return {
    get open() {
      return breaker.state !== CircuitState.Closed;
    },
    begin() {
      const left = openedAt + resetMs - Date.now();
      const trying = breaker.state === CircuitState.HalfOpen;
      // While one call is out to see, the others do not wait for it: an answer can take minutes.
      if (trying || (breaker.state === CircuitState.Open && left > 0)) {
        throw modelErrors.AF_MODEL_CIRCUIT_OPEN({ model, failures, ms: Math.max(left, 0) });
      }
      const outcome = Promise.withResolvers<void>();
      breaker.execute(() => outcome.promise).catch(() => {}); // the caller has the error itself
      return {
        succeeded: () => outcome.resolve(),
        failed(error) {
          const isOurs = isAgentFactoryError(error);
          outcome.reject(!isOurs && breaker.state === CircuitState.HalfOpen ? givenUp : error);
        },
      };
    },
  };
}
