/** How a client reaches a platform. */
export interface ClientOptions {
  /** Where it listens: `http://127.0.0.1:7070`. A path in front of `/api/v1` stays. */
  readonly url: string;
  /** An API key or an access token; a function is asked before each request. */
  readonly token?: string | (() => string | Promise<string>);
  /** Sent with every request: `x-tenant`, or what a proxy wants. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often a request that may succeed later is sent again; 2 where it is left out. */
  readonly retries?: number;
  /** Milliseconds for a call with all that is sent again; 330,000 where it is left out. Of a stream, until it begins. */
  readonly timeoutMs?: number;
  /** Milliseconds without a byte after which a stream is taken for cut; 60,000 where it is left out. */
  readonly idleMs?: number;
  /** What sends requests; the global `fetch` where it is left out. */
  readonly fetch?: typeof fetch;
}

/** What one call may say for itself. */
export interface CallOptions {
  /** Ends the call, and a stream. */
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the one that is made for every call that changes something. */
  readonly idempotencyKey?: string;
  readonly retries?: number;
  readonly timeoutMs?: number;
  readonly idleMs?: number;
}
