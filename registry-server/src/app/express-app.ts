import type { IncomingMessage } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import { errors } from '../errors.ts';
import type { Json } from '@agent-factory/sdk';
import { onePart } from '../protocol/package-path.ts';
import { callerOf, refuseWorkflow, requireChangeToken, type Caller } from './caller.ts';
import { parseJson, readBody } from './read-body.ts';
import type { Registry } from './registry.ts';
import type { Call, Route } from './route.ts';
import { requireSecondFactor } from './second-factor.ts';
import { writeError, writeReply } from './write-reply.ts';

/** The application: one Express route for each of ours. */
export function createExpressApp(registry: Registry, routes: readonly Route[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.use((request, _response, next) => {
    request.url = onePart(request.url);
    next();
  });
  for (const route of routes) {
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    app[method](route.path, (request: Request, response: Response) =>
      answer(registry, route, request, response),
    );
  }
  app.use((request: Request) => {
    throw errors.AF_REGISTRY_NOT_FOUND({ path: request.path.slice(0, 300) });
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: unknown) => {
    const isPath = error instanceof URIError;
    const told = isPath
      ? errors.AF_REGISTRY_REQUEST({ reason: 'the percent-encoding of its path is broken.' })
      : error;
    writeError(registry, request, response, told);
  });
  return app;
}

async function answer(registry: Registry, route: Route, request: Request, response: Response): Promise<void> {
  const caller = route.foreignToken ? undefined : await callerOf(registry, request);
  const at = request.url.indexOf('?');
  const call = {
    registry,
    request,
    params: paramsOf(request),
    query: new URLSearchParams(request.url.slice(at < 0 ? request.url.length : at)),
  };
  if (route.access === 'public') {
    const body = await bodyOf(route, request);
    writeReply(response, await route.handler({ ...call, caller, body }));
    return;
  }
  if (!caller) throw errors.AF_REGISTRY_LOGIN_NEEDED({ registry: registry.url });
  await admit(registry, route, request, caller);
  const body = await bodyOf(route, request);
  writeReply(response, await route.handler({ ...call, caller, body }));
}

async function admit(
  registry: Registry,
  route: Route,
  request: IncomingMessage,
  caller: Caller,
): Promise<void> {
  const isAdmin = route.access === 'admin';
  const subject = request.url ?? '';
  const refuse = (reason: string): Error =>
    errors.AF_REGISTRY_FORBIDDEN({ account: caller.account.name, action: 'use', subject, reason });
  if (isAdmin && caller.account.role !== 'admin') throw refuse('that is for administrators.');
  const changes = route.access === 'change' || (isAdmin && route.method !== 'GET');
  if (changes) refuseWorkflow(caller, subject);
  if (isAdmin && caller.rights.only) throw refuse('the token is for some packages alone.');
  if (!changes) return;
  requireChangeToken(caller, subject);
  await requireSecondFactor(registry, request, caller, route.publishes ? 'publish' : 'manage');
}

async function bodyOf(route: Route, request: IncomingMessage): Promise<Json> {
  if (route.body === undefined) return null;
  const bytes = await readBody(request, route.body);
  if (route.media === 'form') return Object.fromEntries(new URLSearchParams(bytes.toString('utf8')));
  return bytes.length === 0 ? null : parseJson(bytes);
}

/** Express gives the parts of a wildcard as a list. */
function paramsOf({ params }: Request): Call['params'] {
  return Object.fromEntries(
    Object.entries(params as Record<string, string | string[]>).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join('/') : value,
    ]),
  );
}
