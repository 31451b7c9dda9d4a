import type { IncomingMessage } from 'node:http';
import type { Json } from '@agent-factory/sdk';
import type { Caller } from './caller.ts';
import type { Registry } from './registry.ts';

/** Who may ask: everybody, somebody logged in, somebody who may change things, an administrator. */
type Access = 'public' | 'account' | 'change' | 'admin';

/** A request as its handler sees it. */
export interface Call {
  readonly registry: Registry;
  readonly request: IncomingMessage;
  /** Parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** What was sent, if the route takes a body: JSON, or the fields of a form. */
  readonly body: Json;
  /** Who asks, when a token says so. */
  readonly caller: Caller | undefined;
}

/** A call of a route that somebody must be logged in for. */
export interface AccountCall extends Call {
  readonly caller: Caller;
}

/** What is answered. */
export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or with a content type in `headers` what is sent as it is. */
  readonly body?: unknown;
  /** For large bodies: whoever has not read it by then is cut off; `ended` is called when it is read, or cut off. */
  readonly sending?: { readonly withinMs: number; ended(): void };
}

interface RouteShape<Access_ extends Access, Call_> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As Express writes it; the name of a package is one part, `@scope%2fname`. */
  readonly path: string;
  readonly access: Access_;
  /** Largest body taken, in bytes. Without it, none is read. */
  readonly body?: number;
  /** What the body is. Default `json`. */
  readonly media?: 'json' | 'form';
  /** Whether it belongs to publishing, for which tokens of machines are asked for no second factor. */
  readonly publishes?: boolean;
  /** Whether the token it takes is of another issuer, so that it is the handler's business. */
  readonly foreignToken?: boolean;
  handler(call: Call_): Promise<Reply>;
}

/** A route, as data: the application is made from the list of them. */
export type Route = RouteShape<'public', Call> | RouteShape<Exclude<Access, 'public'>, AccountCall>;

/** Small bodies: logins, tags, members. */
export const smallBody: number = 64 * 1024;
