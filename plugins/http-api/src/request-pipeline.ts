import type { Request, RequestHandler } from 'express';
import type { Json, JsonObject, PluginContext, ValidationProblem, Validator } from '@agent-factory/sdk';
import {
  knownCaller,
  type Authenticator,
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
  type Principal,
  type Quotas,
  type RateLimiter,
  type RequestLedger,
} from '@agent-factory/sdk/contracts';
import { createCookieReader } from './read-cookies.ts';
import { createAccess } from './access.ts';
import { AskedRequest } from './asked-request.ts';
import { isRefusal, type AuditTrail, type Noted } from './audit-trail.ts';
import type { HttpApiConfig } from './config.ts';
import { deprecationHeaders } from './deprecation.ts';
import { readPrecondition } from './entity-tag.ts';
import { isBatch, unfitInside } from './batch-route.ts';
import { errors } from './errors.ts';
import { writeEventStream } from './event-stream.ts';
import { exchangeOf, type Exchange } from './exchange.ts';
import { createOnce, isAnsweredAgain } from './idempotency.ts';
import { publicError, refuseProblems } from './problem.ts';
import { readJsonBody } from './read-json-body.ts';
import { createParameterReader, createQueryReader } from './read-text-values.ts';
import { safeMethods } from './request-guards.ts';
import { createRateLimits } from './rate-limits.ts';
import { createFieldsReader } from './sparse-fields.ts';
import { createReplyWriter } from './write-reply.ts';
import { replacing, type OwnedRoute } from './route-table.ts';
import { unfitParameters } from './unfit-text.ts';
import { answerProblem } from './write-problem.ts';

/** What serving a route needs of the plugin's context. */
export interface PipelineContext extends Pick<PluginContext<HttpApiConfig>, 'config' | 'log' | 'validator'> {
  /** Ways to prove who asks; none: whoever reaches the server is its owner. */
  readonly authenticators: readonly Authenticator[];
  /** Where changes and refusals are written down, if anywhere. */
  readonly trail: AuditTrail | undefined;
  readonly limiter: RateLimiter;
  /** How many requests tenants may make, if anybody limits that. */
  readonly quotas: Quotas | undefined;
  /** Where requests with a key are remembered, if anywhere. */
  readonly ledger: RequestLedger | undefined;
}

const noQuery: JsonObject = Object.freeze({});
const noProblems: readonly ValidationProblem[] = [];

/** Turns a route into an Express handler: read, validate, call, answer. It answers errors itself. */
export function serveRoute(owned: OwnedRoute, context: PipelineContext): RequestHandler {
  const { value: route } = owned;
  const { config, log, trail, limiter, quotas } = context;
  const changes = !safeMethods.has(route.method);
  // A provider sends people back with GET.
  const isNoted = changes || route.rate === 'login';
  const once = changes && context.ledger && createOnce(route, context.ledger, log);
  const check = createChecks(owned, context);
  const access = createAccess(route, context.authenticators);
  // Without a login there is one user, whose machine it is.
  const limits =
    context.authenticators.length > 0
      ? createRateLimits({ rules: config.rateLimits, limiter, proxies: config.proxies, quotas }, route)
      : undefined;
  const readCookies = route.cookies && createCookieReader(route.cookies);
  const ending = route.deprecated && deprecationHeaders(route.deprecated);
  const readQuery = route.query && createQueryReader(route.query);
  const readFields = createFieldsReader(route, context.validator);
  const unbatched = unfitInside(route);
  const lends = isBatch(route);
  const writeReply = createReplyWriter(route);

  /** Who cannot prove who they are is counted: else they could fill the audit log, or try key after key. */
  const refuse = async (exchange: Exchange, error: unknown): Promise<never> => {
    if (isRefusal(publicError(error, '', route.errors))) await limits?.ofRefusal(exchange);
    throw error;
  };

  const call = async (
    exchange: Exchange,
    params: Record<string, string>,
    seen: { principal?: Principal },
  ): Promise<HttpReply> => {
    const { request } = exchange;
    const ofAddress = limits?.ofAddress(exchange);
    if (ofAddress) await ofAddress;
    exchange.throwIfEnded();
    let principal: Principal;
    try {
      const proven = access.identify(request);
      principal = proven instanceof Promise ? await proven : proven;
    } catch (error) {
      return refuse(exchange, error);
    }
    exchange.throwIfEnded();
    seen.principal = principal;
    const ofPrincipal = limits?.ofPrincipal(principal, exchange);
    if (ofPrincipal) await ofPrincipal;
    exchange.throwIfEnded();
    access.check(principal, params);
    if (exchange.isInner && unbatched !== undefined)
      throw errors.AF_HTTP_BATCH_UNFIT({ method: route.method, path: route.path, reason: unbatched });
    let query = readQuery ? (readQuery(exchange.target) as JsonObject) : noQuery; // made of text and defaults
    if (readFields && exchange.target.includes('fields')) {
      exchange.fields = readFields(exchange.target);
      const { fields: _taken, ...others } = query;
      query = others;
    }
    if (exchange.target.includes('%00')) {
      const unfit = [...unfitParameters('params', params), ...unfitParameters('query', query)];
      if (unfit.length > 0) refuseProblems(unfit);
    }
    const body = route.body ? await readJsonBody(request, config.maxBodyBytes) : null;
    check(params, query, body);
    const precondition = changes ? preconditionOf(route, request) : undefined;
    const more = (route.calls?.(body) ?? 1) - 1;
    if (more > 0) await limits?.ofPrincipal(principal, exchange, more);
    if (isNoted && trail) await trail.ready(route, principal);
    exchange.throwIfEnded();
    const work = (): Promise<HttpReply> => {
      const cookies = readCookies?.(request.headers.cookie);
      const asked = new AskedRequest({ exchange, params, query, body, principal, cookies, precondition });
      if (lends) exchange.lend(asked);
      return route.handler(asked);
    };
    return once ? once({ exchange, principal, body }, work) : work();
  };

  return async (request: Request) => {
    const exchange = exchangeOf(request);
    exchange.operationId = route.operationId;
    exchange.route = route.path;
    if (ending) Object.assign(exchange.headers, ending);
    const seen: { principal?: Principal } = {};
    let noted = false;
    const note = async (what: Pick<Noted, 'about' | 'problem'>): Promise<void> => {
      if (noted || !trail) return;
      noted = true;
      await trail.note({ exchange, route, caller: seen.principal ?? knownCaller(what.problem), ...what });
    };
    const timer = setTimeout(timeOut, config.requestTimeoutMs, exchange, config.requestTimeoutMs);
    try {
      const params = request.params as Record<string, string>; // no parameter is repeated
      // What takes too long, or is not wanted any more, is no longer waited for.
      const reply = await exchange.until(call(exchange, params, seen));
      clearTimeout(timer);
      const about = 'about' in reply ? reply.about : undefined;
      // What is answered again changed nothing, and was noted when it was done.
      if (!isAnsweredAgain(reply) && (changes || (isNoted && about !== undefined))) await note({ about });
      if ('stream' in reply) {
        exchange.isStream = true;
        const { heartbeatMs } = config;
        writeEventStream(exchange, reply.stream, { heartbeatMs, headers: reply.headers, log });
      } else writeReply(exchange, reply);
    } catch (error) {
      clearTimeout(timer);
      const problem = publicError(error, exchange.requestId, route.errors);
      if (changes || isRefusal(problem)) await note({ problem });
      answerProblem(exchange, error, log, route);
    }
  };
}

type Checks = (params: Record<string, string>, query: JsonObject, body: Json) => void;

/** Throws AF_HTTP_REQUEST_INVALID with all problems of all parts of a request. */
function createChecks({ plugin, value: route }: OwnedRoute, { validator }: PipelineContext): Checks {
  const readParams = route.params && createParameterReader(route.params);
  const ofParams = route.params && validator(route.params);
  const ofQuery = route.query && validator(route.query);
  const ofBody = route.body && validator(route.body);
  return (params, query, body) => {
    try {
      // A handler gets parameters as text; what their schema makes of them is only checked.
      const inParams = ofParams && readParams ? problems('params', ofParams, readParams(params)) : noProblems;
      const inQuery = ofQuery ? problems('query', ofQuery, query) : noProblems;
      const inBody = ofBody ? problems('body', ofBody, body) : noProblems;
      if (inParams.length + inQuery.length + inBody.length > 0) {
        refuseProblems([...inParams, ...inQuery, ...inBody]);
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'AF_SCHEMA_INVALID') throw error;
      const reason = `its schema is wrong: ${(error as Error).message}`; // our own error, by its code
      throw errors.AF_HTTP_ROUTE_INVALID(
        { route: `${route.method} ${route.path}`, plugin, reason },
        { cause: error },
      );
    }
  };
}

function problems(part: string, check: Validator, value: unknown): readonly ValidationProblem[] {
  const found = check(value);
  return found.length === 0 ? found : found.map((one) => ({ ...one, path: `/${part}${one.path}` }));
}

/** What the request asks to be so before it is carried out. Not asked by a route that looks at no tags. */
function preconditionOf(
  route: HttpRoute,
  { headers }: Request | Exchange['request'],
): HttpRequest['precondition'] {
  if (route.preconditions) return readPrecondition(headers);
  if (headers['if-match'] === undefined || !replacing.has(route.method)) return undefined;
  throw errors.AF_HTTP_NO_ENTITY_TAG({ method: route.method, path: route.path });
}

function timeOut(exchange: Exchange, ms: number): void {
  exchange.end(errors.AF_HTTP_TIMEOUT({ ms }));
}
