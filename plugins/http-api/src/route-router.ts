import { createRequire } from 'node:module';
import type express from 'express';
import type { Request, Response, Router } from 'express';
import { errors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { serveRoute, type PipelineContext } from './request-pipeline.ts';
import type { OwnedRoute } from './route-table.ts';
import { answerProblem, commonHeaders } from './write-problem.ts';

/**
 * Express's router, by itself. Express's own index also loads its body parsers, templates and file server, none of
 * which is used here, and which cost some 80 ms at each start.
 */
const createExpressRouter = createRequire(createRequire(import.meta.url).resolve('express'))(
  'router',
) as typeof express.Router; // what express.Router is

const prefixLength = 4; // '', 'api', 'v1', 'things'

/** Builds the Express routers that lead each request to its route. */
export function createRouter(
  routes: readonly OwnedRoute[],
  context: PipelineContext,
): (exchange: Exchange) => void {
  // Express takes the first match and tries its layers one by one: what is fixed goes before what is not ("{" sorts
  // after letters), and each path prefix has a router of its own, found by its name.
  const sorted = [...routes].sort((a, b) => (a.value.path < b.value.path ? -1 : 1));
  const routers = new Map<string, Router>();
  for (const owned of sorted) {
    const { method, path } = owned.value;
    const prefix = prefixOf(path);
    const router = routers.get(prefix) ?? createExpressRouter({ caseSensitive: true });
    routers.set(prefix, router);
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    router[method.toLowerCase() as Lowercase<typeof method>](pattern, serveRoute(owned, context));
  }
  const answerUnknown = createUnknownAnswer(sorted, context);

  return (exchange) => {
    const { request, response } = exchange;
    if (request.method === 'OPTIONS') {
      answerUnknown(exchange);
      return;
    }
    const { path } = exchange;
    let end = endOfPrefix(path);
    const next = (error?: unknown): void => {
      let router: Router | undefined;
      while (!error && !router && end !== -1) {
        router = routers.get(path.slice(0, end));
        end = end === 0 ? -1 : path.lastIndexOf('/', end - 1);
      }
      // Express adds to Node's objects what its types promise; the handlers here use Node's own and `params`.
      if (router) router(request as Request, response as Response, next);
      else if (error) answerProblem(exchange, routingError(error, exchange), context.log);
      else answerUnknown(exchange);
    };
    next();
  };
}

/** Where the part of a path ends that can be the prefix of a router. */
function endOfPrefix(path: string): number {
  let end = 0; // before the first part, which is empty
  for (let parts = 1; parts < prefixLength && end !== -1; parts++) end = path.indexOf('/', end + 1);
  return end === -1 ? path.length : end;
}

function prefixOf(path: string): string {
  const parts = path.split('/').slice(0, prefixLength);
  const open = parts.findIndex((part) => part.startsWith('{'));
  return (open === -1 ? parts : parts.slice(0, open)).join('/');
}

/** Express itself fails in one way: a parameter whose percent-encoding is broken. */
function routingError(error: unknown, { path }: Exchange): unknown {
  if ((error as { status?: unknown }).status !== 400) return error;
  return errors.AF_HTTP_PATH_MALFORMED({ path: path.slice(0, 200) }, { cause: error });
}

/** Answers what no route does: 404, 405 with the methods that would do, or those methods alone to OPTIONS. */
function createUnknownAnswer(
  routes: readonly OwnedRoute[],
  { log }: PipelineContext,
): (exchange: Exchange) => void {
  const patterns = routes.map(({ value }) => ({
    method: value.method,
    // Route paths hold word characters, dots and dashes only; checkRoutes saw to it.
    pattern: new RegExp(`^${value.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`),
  }));
  return (exchange) => {
    const { request, response, requestId, path } = exchange;
    const method = request.method ?? '';
    const found = patterns.filter(({ pattern }) => pattern.test(path)).map((one) => one.method);
    if (found.length === 0) {
      answerProblem(exchange, errors.AF_HTTP_NOT_FOUND({ method, path: path.slice(0, 200) }), log);
      return;
    }
    const allowed = [...(found.includes('GET') ? ['HEAD'] : []), ...found, 'OPTIONS'].join(', ');
    if (method === 'OPTIONS') {
      response.writeHead(204, { ...commonHeaders(requestId), allow: allowed }).end();
      return;
    }
    answerProblem(
      exchange,
      errors.AF_HTTP_METHOD_NOT_ALLOWED({ method, path: path.slice(0, 200), allowed }),
      log,
    );
  };
}
