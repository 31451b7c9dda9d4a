import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease } from '@agent-factory/sdk';
import type { TraceContext } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import type { Fields } from './sparse-fields.ts';

const bearer: unique symbol = Symbol('exchange');

type Bearing = object & { [bearer]?: Exchange };

/** What an exchange is made from. */
export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly lease: Lease;
  /** Aborted when the plugin instance that answers no longer serves; ends event streams. */
  readonly retired: AbortSignal;
  /** Whether it came inside another request, in a batch. Default false. */
  readonly isInner?: boolean;
}

/** One request in hand: what it belongs to, and when it must end. */
export class Exchange implements ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly lease: Lease;
  readonly retired: AbortSignal;
  /** Where what it begins stands in a trace, if in any. */
  readonly trace: TraceContext | undefined;
  readonly isInner: boolean;
  /** What is asked for of its answer; `undefined`: all of it. */
  fields: Fields | undefined;
  /** Of the route that answers it, once it is found. */
  operationId: string | undefined;
  /** Path of that route. */
  route: string | undefined;
  /** Headers of its answer beside those that all have, to be set together: one by one, Node checks and copies them twice. */
  readonly headers: Record<string, string> = {};
  /** What is said of each rate limit, by its policy. */
  readonly limits: Map<string, string> = new Map();
  /** Whether its answer is an event stream. */
  isStream = false;
  /** The request target as it came. */
  readonly target: string;
  #controller: AbortController | undefined;
  #ended = false;
  #reason: unknown;
  #onEnd: ((reason: unknown) => void) | undefined;

  constructor(
    { request, response, requestId, lease, retired, isInner = false }: ExchangeParts,
    trace: TraceContext | undefined,
  ) {
    this.request = request;
    this.response = response;
    this.requestId = requestId;
    this.lease = lease;
    this.retired = retired;
    this.trace = trace;
    this.isInner = isInner;
    this.target = request.url ?? '/';
    this.lend(request);
  }

  /** Lets it be found by a message of it, with `exchangeOf`. */
  lend(message: Bearing): void {
    message[bearer] = this;
  }

  /** The path of the target, in origin form or absolute form (RFC 9112, 3.2), without its query. */
  get path(): string {
    const { target } = this;
    const own = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '');
    const end = own.indexOf('?');
    return end === -1 ? own : own.slice(0, end);
  }

  /** Whether the client left, the time is up, or the generation must end: whatever comes now is not wanted. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Aborted when the exchange ends early. Made when first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Ends it before its time. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.#onEnd?.(reason);
    this.#controller?.abort(reason);
  }

  /** Throws why it ended, if it has. */
  throwIfEnded(): void {
    if (this.#ended) throw this.#reason;
  }

  /** Hands its headers to the response, for answers that are not written at once. */
  setHeaders(): void {
    for (const [name, value] of Object.entries(this.headers)) this.response.setHeader(name, value);
  }

  /** Settles as `job` does, or rejects once the exchange ends: what ignores the signal must not hold the client. */
  until<T>(job: T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#onEnd = reject;
      Promise.resolve(job).then(resolve, reject);
      if (this.#ended) reject(this.#reason);
    });
  }
}

/** The exchange of a request that Express hands back, or of one that it was lent to. */
export function exchangeOf(request: Bearing): Exchange {
  const found = request[bearer];
  if (!found) throw errors.AF_HTTP_STARTING({});
  return found;
}

/** An exchange and where it stands among those that end by the same signal. */
interface Watch {
  readonly exchange: Exchange;
  place: number;
}
// One listener for each signal, however many requests hang on it: adding and removing one walks along all others. A
// list, which is cheaper than a set of objects that come and go.
const watched = new WeakMap<AbortSignal, Watch[]>();

/** Ends the exchange when the signal aborts. Returns what takes it back, to be called once. */
export function endWith(signal: AbortSignal, exchange: Exchange): () => void {
  if (signal.aborted) exchange.end(signal.reason);
  const all = watched.get(signal) ?? watch(signal);
  const one: Watch = { exchange, place: all.length };
  all.push(one);
  return () => {
    const last = all.pop();
    if (last === undefined || last === one) return;
    last.place = one.place;
    all[last.place] = last;
  };
}

function watch(signal: AbortSignal): Watch[] {
  const all: Watch[] = [];
  watched.set(signal, all);
  signal.addEventListener('abort', () => [...all].forEach(({ exchange }) => exchange.end(signal.reason)), {
    once: true,
  });
  return all;
}
