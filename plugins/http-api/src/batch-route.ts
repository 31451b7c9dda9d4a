import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { exchangeOf, type Exchange } from './exchange.ts';
import { createInnerMessages, type InnerAnswer } from './inner-message.ts';
import { problemOf, refuseProblems } from './problem.ts';

/** Answers a request that came inside another, as if it had come alone. */
export type AnswerInner = (
  outer: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => void;

/** A request of a batch, as its schema has it. */
interface Asked {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

const operationId = 'sendBatch';
const mostRequests = 50;
/** Bytes of answers from which on nothing more is begun. The last may go beyond by what it would have alone. */
const fullBytes = 8 * 1024 * 1024;
const longestPath = 8192;
/** Of the outer request: who asks, from where, and for which tenant. A request inside has no say in it. */
const inherited = [
  'host',
  'authorization',
  'cookie',
  'x-tenant',
  'x-csrf-token',
  'origin',
  'sec-fetch-site',
  'user-agent',
  'x-forwarded-for',
] as const;

/** A path of the API as it is written, which no step on the way could take for another. */
const pathPattern =
  "^/api/v1(?:/(?!(?:\\.|%2[eE]){1,2}(?:[/?]|$))[\\w.~!$&'()*+,;=:@%-]+)+(?:\\?[\\w.~!$&'()*+,;=:@%/?\\[\\]-]*)?$";

const requestSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^[\\w.-]{1,64}$', description: 'Names its answer; another for each.' },
    method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    path: {
      type: 'string',
      pattern: pathPattern,
      maxLength: longestPath,
      description: 'Path and query, percent-encoded: `/api/v1/runs?limit=1`.',
    },
    headers: {
      type: 'object',
      properties: {
        'idempotency-key': { type: 'string', maxLength: 255 },
        'if-match': { type: 'string', maxLength: 4096 },
        'if-none-match': { type: 'string', maxLength: 4096 },
      },
      additionalProperties: false,
      description: 'Who asks, and for which tenant, is said by the headers of the batch alone.',
    },
    body: { description: 'Left out where there is none.' },
  },
  required: ['id', 'method', 'path'],
  additionalProperties: false,
};

const answerSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    status: { type: 'integer', minimum: 200, maximum: 599 },
    headers: { type: 'object', maxProperties: 100, additionalProperties: { type: 'string' } },
    body: { description: 'JSON as it is, anything else as text; null where there is none.' },
  },
  required: ['id', 'status', 'headers', 'body'],
  additionalProperties: false,
};

/** The route that takes several requests in one. */
export function batchRoute(answer: AnswerInner): HttpRoute {
  return {
    method: 'POST',
    path: '/api/v1/batch',
    operationId,
    summary: 'Several requests in one',
    description:
      'Carries the requests out one after the other, each as if it had come alone: with its own permission, rate ' +
      'limit, entry in the audit log and idempotency key. One that fails is answered with its problem, and the next ' +
      `follows. After ${fullBytes / 1024 / 1024} MiB of answers what is left is not carried out and says so: ` +
      'AF_HTTP_BATCH_FULL. Streams, logins and batches are sent by themselves: AF_HTTP_BATCH_UNFIT. All of them ' +
      'together have the time of one request.',
    tag: 'platform',
    permission: 'batch:send',
    body: {
      type: 'object',
      properties: {
        requests: { type: 'array', minItems: 1, maxItems: mostRequests, items: requestSchema },
      },
      required: ['requests'],
      additionalProperties: false,
    },
    bodyExample: {
      requests: [
        { id: 'health', method: 'GET', path: '/api/v1/health' },
        { id: 'error', method: 'GET', path: '/api/v1/errors/AF_HTTP_NOT_FOUND?fields=code,fix' },
      ],
    },
    responses: {
      200: {
        description: 'The answers, in the order of the requests.',
        schema: {
          type: 'object',
          properties: { responses: { type: 'array', maxItems: mostRequests, items: answerSchema } },
          required: ['responses'],
          additionalProperties: false,
        },
        example: {
          responses: [
            {
              id: 'health',
              status: 200,
              headers: { 'content-type': 'application/json; charset=utf-8' },
              body: { status: 'ok' },
            },
          ],
        },
      },
    },
    // What one of them answers may be shown once, and is kept by nobody.
    secretAnswer: true,
    rate: 'write',
    handler: async (request) => {
      const { requests } = request.body as unknown as { readonly requests: readonly Asked[] }; // as its schema says
      refuseTwins(requests);
      const outer = exchangeOf(request);
      const responses: Json[] = [];
      let written = 0;
      for (const [at, asked] of requests.entries()) {
        request.signal.throwIfAborted();
        const requestId = `${outer.requestId.slice(0, 60)}.${at + 1}`;
        const { status, headers, body, bytes } =
          written < fullBytes ? await carryOut(outer, asked, requestId, answer) : fullAnswer(requestId);
        written += bytes;
        responses.push({ id: asked.id, status, headers, body });
      }
      return { body: { responses } };
    },
  };
}

/** Whether a route is the one that takes batches. */
export function isBatch(route: Pick<HttpRoute, 'operationId'>): boolean {
  return route.operationId === operationId;
}

/** Why a route cannot be asked for inside a batch, if there is a reason. */
export function unfitInside(
  route: Pick<HttpRoute, 'operationId' | 'responses' | 'rate' | 'cookies'>,
): string | undefined {
  if (isBatch(route)) return 'it is a batch itself.';
  if (Object.values(route.responses).some(({ contentType }) => contentType?.startsWith('text/event-stream')))
    return 'it answers with an event stream.';
  // Cookies are between the browser and the server; no page may read one out of an answer.
  if (route.rate === 'login' || route.cookies) return 'it is part of a login.';
  return undefined;
}

function refuseTwins(requests: readonly Asked[]): void {
  const seen = new Set<string>();
  const twins = requests.flatMap(({ id }, at) => {
    const isTwin = seen.has(id);
    seen.add(id);
    return isTwin ? [{ path: `/body/requests/${at}/id`, message: 'is the id of another before it' }] : [];
  });
  if (twins.length > 0) refuseProblems(twins);
}

async function carryOut(
  outer: Exchange,
  { method, path, headers, body }: Asked,
  requestId: string,
  answer: AnswerInner,
): Promise<InnerAnswer> {
  const { request } = outer;
  const known = inherited.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const messages = createInnerMessages(request, {
    method,
    target: path,
    headers: { ...headers, ...Object.fromEntries(known), ...traced(outer) },
    ...(body !== undefined && { body }),
  });
  answer(outer, messages.request, messages.response, requestId);
  return messages.answer;
}

/** It follows from the span of the outer request. */
function traced({ trace }: Exchange): { readonly traceparent?: string } {
  if (trace?.spanId === undefined) return {};
  return { traceparent: `00-${trace.traceId}-${trace.spanId}-${trace.sampled === true ? '01' : '00'}` };
}

function fullAnswer(requestId: string): InnerAnswer {
  const error = errors.AF_HTTP_BATCH_FULL({ limit: fullBytes });
  return {
    status: error.status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'x-request-id': requestId },
    body: problemOf(error, requestId) as unknown as Json, // plain data; TypeScript sees an interface
    bytes: 0,
  };
}
