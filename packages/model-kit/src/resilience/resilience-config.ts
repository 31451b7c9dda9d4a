/** How often a failed call is repeated, while nothing of its answer was passed on. */
export interface RetryPolicy {
  /** Repetitions of one call. Default 2. */
  readonly times: number;
  /** Milliseconds before the first; doubles each time, with jitter, at most 8,000. Default 500. */
  readonly delayMs: number;
  /** A server that asks to be left alone for longer is told about, not waited for. Default 60,000. */
  readonly maxWaitMs: number;
}

/** When a model that fails is left alone. */
export interface CircuitPolicy {
  /** Failures in a row. 0: never. Default 5. */
  readonly failures: number;
  /** Milliseconds until one call is let through to see. Default 30,000. */
  readonly resetMs: number;
}

/** How much may be asked; what is not given is not limited. */
export interface Limit {
  /** Calls at the same time. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  /** Input and output together; calls are counted by an estimate until they have ended. */
  readonly tokensPerMinute?: number;
}

/** Limits of one provider, kept by each process for itself. */
export interface Limits {
  /** Of all its calls together. */
  readonly provider?: Limit;
  /** Of each model. */
  readonly model?: Limit;
  /** Of each tenant. */
  readonly tenant?: Limit;
  /** Calls that may wait for each of them. Default 1,000. */
  readonly waiting: number;
}

/** What stands between a caller and a provider that may fail. */
export interface ResiliencePolicy {
  readonly retry: RetryPolicy;
  readonly circuit: CircuitPolicy;
  readonly limits: Limits;
}
