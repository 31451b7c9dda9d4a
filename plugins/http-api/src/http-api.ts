import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { isAgentFactoryError, type PluginContext } from '@agent-factory/sdk';
import type { HttpApiConfig } from './config.ts';
import { errors } from './errors.ts';
import { isLoopback, knownHost } from './loopback.ts';
import { problemOf, publicError } from './problem.ts';
import { serveRoute, type RequestState } from './request-pipeline.ts';
import type { OwnedRoute } from './route-table.ts';

type Context = Pick<PluginContext<HttpApiConfig>, 'config' | 'lease' | 'log' | 'validator'>;

const states = new WeakMap<IncomingMessage, RequestState>();
const stateOf = (request: IncomingMessage): RequestState => {
  const state = states.get(request);
  if (!state) throw errors.AF_HTTP_STARTING({});
  return state;
};

/**
 * Builds the listener for one generation's routes. Every request holds a lease from its first byte to its last,
 * so that it sees one generation only; `retired` ends event streams, whose clients come back to the next one.
 */
export function createHttpApi(routes: readonly OwnedRoute[], context: Context, retired: AbortSignal): RequestListener {
  const app = createApp(routes, context);
  return (request, response) => {
    const lease = context.lease();
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    states.set(request, { requestId, lease, retired });
    response.setHeader('x-request-id', requestId);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    response.once('close', () => lease.release());
    lease.run(() => app(request, response));
  };
}

function createApp(routes: readonly OwnedRoute[], context: Context): Express {
  const { config } = context;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('case sensitive routing', true);
  if (isLoopback(config.host)) app.use(refuseForeignHosts);
  const json = express.json({ limit: config.maxBodyBytes, strict: false, type: isJson });
  // One router a path prefix: Express tries its layers one by one.
  const routers = new Map<string, express.Router>();
  for (const { value: route } of routes) {
    const prefix = route.path.split('/').slice(0, 4).filter((part) => !part.startsWith('{')).join('/');
    const router = routers.get(prefix) ?? express.Router({ caseSensitive: true });
    routers.set(prefix, router);
    const path = route.path.slice(prefix.length).replace(/\{(\w+)\}/g, ':$1') || '/';
    const steps: RequestHandler[] = route.body ? [refuseOtherTypes, json] : [];
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    router[method](path, ...steps, serveRoute(route, context, stateOf));
  }
  for (const [prefix, router] of routers) app.use(prefix, router);
  app.use(refuseUnknown(routes));
  app.use(answerProblem(context));
  return app;
}

/** A page that resolves its own name to this machine must not reach an API that asks for no login. */
const refuseForeignHosts: RequestHandler = (request, _response, next) => {
  const host = request.headers.host ?? '';
  if (!knownHost(host)) throw errors.AF_HTTP_HOST_REFUSED({ host: host.slice(0, 100) });
  next();
};

/** Only JSON is taken; any other type would let a page post here without asking first (CORS). */
const refuseOtherTypes: RequestHandler = (request, _response, next) => {
  if (!isJson(request)) {
    const type = String(request.headers['content-type'] ?? 'none').slice(0, 100);
    throw errors.AF_HTTP_MEDIA_TYPE({ type });
  }
  next();
};

function isJson(request: IncomingMessage): boolean {
  return /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

function refuseUnknown(routes: readonly OwnedRoute[]): RequestHandler {
  const patterns = routes.map(({ value }) => ({
    method: value.method,
    // Route paths hold word characters, dots and dashes only; checkRoutes saw to it.
    pattern: new RegExp(`^${value.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`),
  }));
  return (request, response) => {
    const path = request.path.slice(0, 200);
    const { method } = request;
    const allowed = patterns.filter(({ pattern }) => pattern.test(request.path)).map((one) => one.method);
    if (allowed.length === 0) throw errors.AF_HTTP_NOT_FOUND({ method, path });
    response.setHeader('allow', allowed.join(', '));
    throw errors.AF_HTTP_METHOD_NOT_ALLOWED({ method, path, allowed: allowed.join(', ') });
  };
}

function answerProblem({ config, log }: Context): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown, request, response, _next) => {
    const { requestId } = stateOf(request);
    const error = publicError(parserError(thrown, config) ?? thrown, requestId);
    if (error.status >= 500) log.error(error.message, { requestId, code: error.code, error: thrown });
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const text = JSON.stringify(problemOf(error, requestId));
    response.writeHead(error.status, {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      ...(error.status === 503 && { 'retry-after': '1' }),
      // What is left of a refused body is not read.
      ...(error.status === 413 && { connection: 'close' }),
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
}

/** Errors of Express's own parts, in our words. */
function parserError(thrown: unknown, config: HttpApiConfig): Error | undefined {
  if (isAgentFactoryError(thrown) || !(thrown instanceof Error)) return undefined;
  const { type, status } = thrown as { type?: string; status?: number };
  if (type === 'entity.too.large') return errors.AF_HTTP_BODY_TOO_LARGE({ limit: config.maxBodyBytes });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return errors.AF_HTTP_MEDIA_TYPE({ type: thrown.message });
  }
  if (type?.startsWith('entity.') || type?.startsWith('request.') || status === 400) {
    return errors.AF_HTTP_BODY_MALFORMED({ reason: thrown.message.slice(0, 200) }, { cause: thrown });
  }
  return undefined;
}

