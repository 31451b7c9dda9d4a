import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from '@agent-factory/sdk';

/** What a request inside another says. */
export interface InnerParts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Left out: none. */
  readonly body?: Json;
}

/** What it is answered with. */
export interface InnerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `null` where the answer has none; text where it is no JSON. */
  readonly body: Json;
  /** Of the body, as it was written. */
  readonly bytes: number;
}

/** A request that no connection brings, the response to it, and what is written there. */
export interface InnerMessages {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: Promise<InnerAnswer>;
}

/** What is about the whole answer, or the browser's own business: a page cannot read cookies from an answer. */
const withheld: ReadonlySet<string> = new Set(['content-length', 'set-cookie', 'x-content-type-options']);

let create: ((outer: IncomingMessage, parts: InnerParts) => InnerMessages) | undefined;

/** Makes the messages of a request inside another: Node's own, so that whatever looks at messages can look at these. */
export function createInnerMessages(outer: IncomingMessage, parts: InnerParts): InnerMessages {
  create ??= prepare();
  return create(outer, parts);
}

function prepare(): NonNullable<typeof create> {
  // Not imported: an import of node:http loads all of fetch with it, some 60 ms at each start.
  const http = process.getBuiltinModule('node:http');

  class InnerRequest extends http.IncomingMessage {
    /** All of it is there from the start; the connection is not to be asked for more. */
    override _read(): void {}
  }

  class InnerResponse extends http.ServerResponse {
    readonly answered: PromiseWithResolvers<InnerAnswer> = Promise.withResolvers<InnerAnswer>();

    override writeHead(status: number, headers?: unknown): this {
      for (const [name, value] of Object.entries(Object(headers) as Record<string, string>))
        this.setHeader(name, value);
      return super.writeHead(status);
    }

    override end(chunk?: unknown): this {
      const text = typeof chunk === 'string' && this.req.method !== 'HEAD' ? chunk : '';
      this.finished = true; // no connection tells Node so
      this.answered.resolve(answerOf(this, text));
      process.nextTick(() => this.emit('close'));
      return this;
    }
  }

  return (outer, { method, target, headers, body }) => {
    const request = new InnerRequest(outer.socket);
    const text = body === undefined ? undefined : JSON.stringify(body);
    request.method = method;
    request.url = target;
    request.headers = {
      ...headers,
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      }),
    };
    request.complete = true;
    if (text !== undefined) request.push(text);
    request.push(null);
    const response = new InnerResponse(request);
    return { request, response, answer: response.answered.promise };
  };
}

function answerOf(response: ServerResponse, text: string): InnerAnswer {
  const given = Object.entries(response.getHeaders()).filter(([name]) => !withheld.has(name));
  const isJson = /\bjson\b/.test(String(response.getHeader('content-type')));
  return {
    status: response.statusCode,
    headers: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    body: text === '' ? null : isJson ? (JSON.parse(text) as Json) : text, // it was written as JSON
    bytes: Buffer.byteLength(text),
  };
}
