import type { Json, JsonObject } from '@agent-factory/sdk';
import type { HttpRequest, Principal } from '@agent-factory/sdk/contracts';
import type { TraceContext } from '@agent-factory/sdk/domain';
import type { Exchange } from './exchange.ts';

const hiddenHeaders = new Set(['cookie', 'authorization', 'proxy-authorization']);

/** What of a request was read for its handler. */
interface AskedParts {
  readonly exchange: Exchange;
  readonly params: Readonly<Record<string, string>>;
  readonly query: JsonObject;
  readonly body: Json;
  readonly principal: Principal;
  readonly cookies: HttpRequest['cookies'];
  readonly precondition: HttpRequest['precondition'];
}

/**
 * A request as its handler sees it; what few handlers look at is made when one does. A class, because V8 keeps the
 * accessors of an object literal in old space: there each would hold its request, the answer and all they lead to until
 * a full garbage collection.
 */
export class AskedRequest implements HttpRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: JsonObject;
  readonly body: Json;
  readonly principal: Principal;
  readonly requestId: string;
  declare readonly cookies?: Readonly<Record<string, string>>;
  declare readonly precondition?: NonNullable<HttpRequest['precondition']>;
  declare readonly trace?: TraceContext;
  readonly #exchange: Exchange;

  constructor({ exchange, params, query, body, principal, cookies, precondition }: AskedParts) {
    this.params = params;
    this.query = query;
    this.body = body;
    this.principal = principal;
    this.requestId = exchange.requestId;
    if (cookies) this.cookies = cookies;
    if (precondition) this.precondition = precondition;
    if (exchange.trace) this.trace = exchange.trace;
    this.#exchange = exchange;
  }

  get headers(): HttpRequest['headers'] {
    const shown: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#exchange.request.headers)) {
      if (value !== undefined && !hiddenHeaders.has(name)) shown[name] = String(value);
    }
    return shown;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}
