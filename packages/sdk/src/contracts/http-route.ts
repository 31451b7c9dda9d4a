import {
  defineCollection,
  defineContract,
  type CollectionContract,
  type SingleContract,
} from '../contract.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';
import type { TraceContext } from '../domain/trace-context.ts';
import type { ErrorTable } from '../errors.ts';
import type { Principal } from './principal.ts';

/** A request, checked against the route's schemas. Handed on as it is: a copy with `...` lacks headers and signal. */
export interface HttpRequest {
  readonly params: Readonly<Record<string, string>>;
  /** Converted to the types of the route's `query` schema, defaults filled in. */
  readonly query: JsonObject;
  /** The parsed JSON body; `null` when the route takes none. */
  readonly body: Json;
  /** Header values by lower-case name, without `cookie` and `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those cookies of the request that the route names; left out where it names none. */
  readonly cookies?: Readonly<Record<string, string>>;
  readonly principal: Principal;
  readonly requestId: string;
  /** Where what it begins stands in a trace; left out where nobody traces and the client named none. */
  readonly trace?: TraceContext;
  /**
   * Whether a thing with this entity tag, in its quotes, is what the client wants changed; `undefined` stands for a
   * thing that is not there. Left out where the client asked nothing, or the route takes no preconditions.
   */
  readonly precondition?: (tag: string | undefined) => boolean;
  /** Aborted when the client goes away or the server must end the request. */
  readonly signal: AbortSignal;
}

/** One server-sent event (WHATWG HTML, 9.2). */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event?: string;
  /** Sent as JSON. */
  readonly data: Json;
  /** Sent as it is in place of `data`, for protocols of others: `[DONE]`. */
  readonly text?: string;
}

/** What a handler answers. */
export type HttpReply =
  | {
      /** Default: the first success status among the route's responses. */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: Json;
      /** What the audit log says it was done to, where the path does not tell: an account, say. */
      readonly about?: string;
    }
  | {
      readonly headers?: Readonly<Record<string, string>>;
      /** Sent as `text/event-stream`. */
      readonly stream: AsyncIterable<ServerSentEvent>;
    };

/** What one status of a route means. */
export interface HttpResponseSpec {
  readonly description: string;
  /** JSON Schema of the body; left out for event streams and empty bodies. */
  readonly schema?: JsonSchema;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Whether it comes as an event stream where whoever asks wants one. Default false. */
  readonly orStream?: boolean;
  readonly example?: Json;
}

/** What goes wrong with a request, as a client is told (RFC 9457, and our members). */
export interface HttpProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** What to do. */
  readonly fix: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What is wrong with which part of the request, by JSON Pointer: `/body/limits/turns`. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** That a route is on its way out, and until when it answers. Days: `2026-11-29`. */
export interface HttpDeprecation {
  /** Since when it should not be used in anything new. */
  readonly since: string;
  /** From when on it may be gone. Default: not decided. */
  readonly sunset?: string;
  /** Path of the route to use in its place. */
  readonly successor?: string;
}

/**
 * A route as data. The router, validation, OpenAPI document, permission check and clients all come from it.
 * Paths use OpenAPI's form: `/api/v1/runs/{id}`.
 */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Unique, camelCase: `startRun`. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Groups routes in the docs. */
  readonly tag: string;
  /**
   * Permission the caller needs (`runs:write`; a plugin contributes it), or why anybody may call it. A route without
   * one does not boot.
   */
  readonly permission: string | { readonly public: string };
  /**
   * What a call is about, by parameters of the path: `agents/{name}`. Whoever has the permission on this thing alone
   * may call the route too.
   */
  readonly resource?: string;
  /** JSON Schemas; objects. */
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  /** Cookies the handler reads; it sees no others. */
  readonly cookies?: readonly string[];
  /** An example body, valid against `body`. */
  readonly bodyExample?: Json;
  /** By status code. */
  readonly responses: Readonly<Record<number, HttpResponseSpec>>;
  /**
   * How its problems look, where it speaks a protocol of others: the body, as `application/json`. Default: the problem
   * document itself.
   */
  problemBody?(problem: HttpProblem): Json;
  /** Errors of the plugin this route can answer with, beside those every route has. */
  readonly errors?: ErrorTable;
  /**
   * Its answers carry an `etag`, the handler's own or one of the text: who sends it as `if-none-match` is told with 304
   * that nothing has changed. For what is asked for again and again and changes rarely; GET alone. Default false.
   */
  readonly revalidates?: boolean;
  /**
   * Its handler answers with the same object for as long as the answer is the same, and never changes it: then it is
   * written as text once, not for each request. GET alone. Default false.
   */
  readonly constant?: boolean;
  /**
   * Takes `if-match`, with the `etag` that the GET route of its path answers with, and `if-none-match: *` (RFC 9110,
   * 13.1). The handler has its store check `conditionOf` the request while it changes the thing. PUT, PATCH and DELETE
   * alone; one that does not take them refuses a request with `if-match`. Default false.
   */
  readonly preconditions?: boolean;
  /** Told in the headers of every answer (RFC 9745, RFC 8594), and in the document. */
  readonly deprecated?: HttpDeprecation;
  /**
   * Whether its answers hold what is shown once: a key, a link. Nobody keeps them, and what a request is proven with is
   * read anew (see `exact` of the credentials). Default false.
   */
  readonly secretAnswer?: boolean;
  /** How many calls a body is, where it may be several; rate limits count each. Default 1. */
  calls?(body: Json): number;
  /** How dear a call is; rate limits go by it. `login`: it tries a password or the like. */
  readonly rate: 'read' | 'write' | 'run' | 'login';
  handler(request: HttpRequest): Promise<HttpReply>;
}

/** Collection of {@link HttpRoute}. */
export const HttpRoute: CollectionContract<HttpRoute> = defineCollection<HttpRoute>({
  id: 'http-route',
  version: '1.0.0',
  description: 'Routes of the HTTP API.',
});

/** Where the HTTP API can be reached, once it serves. */
export interface HttpServer {
  /** For example `http://127.0.0.1:7070`. `undefined` until the generation serves, and in the role `worker`. */
  url(): string | undefined;
}

/** Token of {@link HttpServer}. */
export const HttpServer: SingleContract<HttpServer> = defineContract<HttpServer>({
  id: 'http-server',
  version: '1.0.0',
  description: 'The server behind the HTTP API.',
});
