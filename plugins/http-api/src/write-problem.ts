import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentFactoryError, Logger } from '@agent-factory/sdk';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import type { Exchange } from './exchange.ts';
import { problemOf, publicError } from './problem.ts';
import { quotaHeaders } from './quota-headers.ts';
import { hasBody } from './read-json-body.ts';

const lingerMs = 2000;

/** Headers of every answer. */
export function commonHeaders(requestId: string): Record<string, string> {
  return { 'x-request-id': requestId, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
}

/** Answers with the problem document of whatever was thrown. Never throws. */
export function answerProblem(
  exchange: Exchange,
  thrown: unknown,
  log: Logger,
  route?: Pick<HttpRoute, 'problemBody' | 'errors'>,
): void {
  const { request, response, requestId } = exchange;
  const error = publicError(thrown, requestId, route?.errors);
  if (response.destroyed) return;
  if (error.status >= 500) {
    const { path, trace } = exchange;
    // Only what nobody foresaw needs its stack.
    const stack = error !== thrown && thrown instanceof Error ? { stack: thrown.stack } : {};
    const traced = trace ? { traceId: trace.traceId } : {};
    const fields = {
      requestId,
      ...traced,
      code: error.code,
      method: request.method,
      path,
      error: thrown,
      ...stack,
    };
    if (error.retryable) log.warn(error.message, fields);
    else log.error(error.message, fields);
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  exchange.setHeaders();
  writeProblem(request, response, error, requestId, route?.problemBody);
}

/** Writes a problem document as the whole answer. */
export function writeProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: AgentFactoryError,
  requestId: string,
  problemBody?: HttpRoute['problemBody'],
): void {
  const problem = problemOf(error, requestId);
  const text = JSON.stringify(problemBody ? problemBody(problem) : problem);
  const { allowed, seconds } = error.details ?? {};
  response.writeHead(error.status, {
    ...commonHeaders(requestId),
    'content-type': `application/${problemBody ? 'json' : 'problem+json'}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    ...(error.status === 503 && { 'retry-after': '1' }),
    ...(error.status === 429 && typeof seconds === 'number' && { 'retry-after': String(seconds) }),
    ...quotaHeaders(error, response),
    ...(error.status === 405 && { allow: String(allowed) }),
    ...(error.status === 401 && { 'www-authenticate': 'Bearer' }),
  });
  response.end(text);
  // The client may still be sending; Node lets the rest pass, but not for ever.
  if (!request.complete && hasBody(request)) cutIfLate(request);
}

/** Cuts a connection whose last part takes too long. */
export function cutIfLate(last: IncomingMessage | ServerResponse): void {
  const cut = setTimeout(() => last.destroy(), lingerMs).unref();
  last.once('close', () => clearTimeout(cut));
}
