import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HookCaller, Lease, PluginContext } from '@agent-factory/sdk';
import type { HttpAnswer, onAnswer, RequestTrace, Tracing } from '@agent-factory/sdk/contracts';
import { parseTraceparent, type TraceContext } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import { endWith, Exchange, type ExchangeParts } from './exchange.ts';
import type { PipelineContext } from './request-pipeline.ts';
import { createRouter } from './route-router.ts';
import type { OwnedRoute } from './route-table.ts';
import { writeProblem } from './write-problem.ts';

/** No status of a server: said of a request whose client left before it got one. */
const clientLeft = 499;

/** Answers requests. */
export interface HttpApi {
  /** Answers one that a connection brought; `retired` ends event streams, whose clients come back to the next instance. */
  answer(request: IncomingMessage, response: ServerResponse, retired: AbortSignal): void;
  /** Answers one that came inside another, in the generation of that one, and no longer than that one has. */
  answerInner(outer: Exchange, request: IncomingMessage, response: ServerResponse, requestId: string): void;
}

/** What answering needs beside what routes do. */
interface HttpApiContext extends PipelineContext, Pick<PluginContext, 'lease'> {
  readonly told: HookCaller<typeof onAnswer>;
  /** Who decides where requests stand in which trace, if anybody. */
  readonly tracing: Tracing | undefined;
}

/**
 * Builds what answers requests by the given routes. Every request holds a lease from its first byte to its last,
 * so that it sees one generation only.
 */
export function createHttpApi(routes: readonly OwnedRoute[], context: HttpApiContext): HttpApi {
  const route = createRouter(routes, context);

  const begin = (parts: ExchangeParts, onClose: () => void): Exchange => {
    const { request, response, requestId, lease } = parts;
    const began = performance.now();
    const traceparent = request.headers['traceparent'];
    const caller = typeof traceparent === 'string' ? traceparent : undefined; // one that is repeated names nothing
    const begun = context.tracing?.begin(caller);
    const trace = begun ? contextOf(begun) : parseTraceparent(caller);
    const exchange = new Exchange(parts, trace);
    const forget = endWith(lease.signal, exchange);
    // Not `once`, which Node wraps: it closes no more than once.
    response.on('close', () => {
      forget();
      if (!response.writableFinished) exchange.end(errors.AF_HTTP_CLIENT_LEFT({}));
      const { operationId, route: path, isStream } = exchange;
      const answer: { -readonly [Name in keyof HttpAnswer]: HttpAnswer[Name] } = {
        method: request.method ?? '',
        requestId,
        status: response.headersSent ? response.statusCode : clientLeft,
        durationMs: performance.now() - began,
        isStream,
      };
      if (operationId !== undefined) answer.operationId = operationId;
      if (path !== undefined) answer.route = path;
      if (begun) answer.trace = begun;
      lease.run(() => context.told(answer));
      onClose();
    });
    return exchange;
  };

  return {
    answer(request, response, retired) {
      const given = request.headers['x-request-id'];
      const requestId = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
      const lease = tryLease(context);
      if (!lease) {
        writeProblem(request, response, errors.AF_HTTP_STARTING({}), requestId);
        return;
      }
      const exchange = begin({ request, response, requestId, lease, retired }, () => lease.release());
      lease.run(() => route(exchange));
    },
    answerInner({ lease, retired, signal }, request, response, requestId) {
      const parts = { request, response, requestId, lease, retired, isInner: true };
      const exchange = begin(parts, () => signal.removeEventListener('abort', end));
      const end = (): void => exchange.end(signal.reason);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      lease.run(() => route(exchange));
    },
  };
}

/** What is kept with all that the request begins: who asked is of its own span alone. */
function contextOf({ traceId, spanId, sampled }: RequestTrace): TraceContext {
  return { traceId, spanId, sampled };
}

/** While the platform shuts down there is no generation to hold. */
function tryLease({ lease }: Pick<PluginContext, 'lease'>): Lease | undefined {
  try {
    return lease();
  } catch {
    return undefined;
  }
}
