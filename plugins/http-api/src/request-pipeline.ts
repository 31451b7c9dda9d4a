import type { Request, RequestHandler, Response } from 'express';
import type { Json, JsonObject, Lease, PluginContext, ValidationProblem, Validator } from '@agent-factory/sdk';
import type { HttpReply, HttpRequest, HttpRoute } from '@agent-factory/sdk/contracts';
import type { HttpApiConfig } from './config.ts';
import { errors } from './errors.ts';
import { writeEventStream } from './event-stream.ts';
import { successStatus } from './route-table.ts';

/** What the request in hand belongs to; set by the entry, read by the route. */
export interface RequestState {
  readonly requestId: string;
  readonly lease: Lease;
  /** Ends event streams when the plugin's generation no longer serves. */
  readonly retired: AbortSignal;
}

const hiddenHeaders = new Set(['cookie', 'authorization', 'proxy-authorization']);
// Until an auth plugin is active only the machine's own user can reach the API.
const localPrincipal = { id: 'local', tenant: 'default' } as const;

/** Turns a route into an Express handler: validate, call, answer. Errors go to Express's error handler. */
export function serveRoute(
  route: HttpRoute,
  context: Pick<PluginContext<HttpApiConfig>, 'validator' | 'config'>,
  stateOf: (request: Request) => RequestState,
): RequestHandler {
  const checks = {
    params: route.params && context.validator(route.params, { coerce: true }),
    query: route.query && context.validator(route.query, { coerce: true, defaults: true }),
    body: route.body && context.validator(route.body),
  };
  const status = successStatus(route);
  const ms = context.config.requestTimeoutMs;

  return async (request, response) => {
    const state = stateOf(request);
    const query: JsonObject = { ...(request.query as JsonObject) }; // the simple parser gives strings and lists of them
    const body = (route.body ? (request.body ?? null) : null) as Json; // parsed from JSON
    refuse([
      ...problems('params', checks.params, request.params),
      ...problems('query', checks.query, query),
      ...problems('body', checks.body, body),
    ]);
    const ended = endOf(request, response, state);
    const timer = setTimeout(() => ended.abort(errors.AF_HTTP_TIMEOUT({ ms })), ms);
    try {
      const reply = await untilAborted(
        route.handler({
          params: request.params as Record<string, string>, // paths have no repeated parameters
          query,
          body,
          headers: visibleHeaders(request),
          principal: localPrincipal,
          requestId: state.requestId,
          signal: ended.signal,
        }),
        ended.signal,
      );
      clearTimeout(timer);
      await answer(reply, response, status, context.config, AbortSignal.any([ended.signal, state.retired]));
    } catch (error) {
      if (!response.destroyed) throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

async function answer(
  reply: HttpReply,
  response: Response,
  status: number,
  config: HttpApiConfig,
  signal: AbortSignal,
): Promise<void> {
  if ('stream' in reply) {
    const options = { heartbeatMs: config.heartbeatMs, signal, ...(reply.headers && { headers: reply.headers }) };
    return writeEventStream(response, reply.stream, options);
  }
  const text = JSON.stringify(reply.body);
  response.writeHead(reply.status ?? status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...reply.headers,
  });
  response.end(text);
}

function problems(part: string, check: Validator | undefined, value: unknown): ValidationProblem[] {
  return (check?.(value) ?? []).map((problem) => ({ ...problem, path: `/${part}${problem.path}` }));
}

function refuse(found: readonly ValidationProblem[]): void {
  if (found.length === 0) return;
  const list = found.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw errors.AF_HTTP_REQUEST_INVALID({ count: found.length, list, problems: found });
}

/** Aborted when the client leaves, the request takes too long, or its generation must end. */
function endOf(request: Request, response: Response, { lease }: RequestState): AbortController {
  const controller = new AbortController();
  const leave = (): void => controller.abort(lease.signal.reason);
  lease.signal.addEventListener('abort', leave, { once: true });
  response.once('close', () => {
    lease.signal.removeEventListener('abort', leave);
    if (!response.writableFinished || request.destroyed) controller.abort();
  });
  return controller;
}

/** Settles as `work` does, or rejects once `signal` aborts: a handler that ignores it must not hold the client. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function visibleHeaders(request: Request): HttpRequest['headers'] {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !hiddenHeaders.has(name)) shown[name] = String(value);
  }
  return shown;
}
