import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@agent-factory/sdk';
import type { HttpAnswer, RequestTrace } from '@agent-factory/sdk/contracts';
import { parseTraceparent } from '@agent-factory/sdk/domain';
import { isInRatio, otlpSpan, spanAttribute as attribute, spanKind } from '@agent-factory/sdk/tracing';
import type { TracesOtlpConfig } from './config.ts';

/** Begins the spans of requests: whoever asks has decided whether they are recorded, else the ratio does. */
export function createRequestTraces({
  incoming,
  ratio,
}: Pick<TracesOtlpConfig, 'incoming' | 'ratio'>): (traceparent?: string) => RequestTrace {
  return (traceparent) => {
    const ids = randomBytes(24).toString('hex');
    const caller = incoming === 'continue' ? parseTraceparent(traceparent) : undefined;
    const spanId = ids.slice(32);
    if (caller) return { traceId: caller.traceId, spanId, sampled: caller.sampled, parentId: caller.spanId };
    const traceId = ids.slice(0, 32);
    return { traceId, spanId, sampled: isInRatio(traceId, ratio) };
  };
}

/** The span of a request that was answered. No path is in it as it was asked for: what a client makes up may be secret. */
export function requestSpan(answer: HttpAnswer, trace: RequestTrace, endedAt: number): JsonObject {
  const { method, route, status, durationMs, requestId, operationId } = answer;
  return otlpSpan(trace.traceId, {
    // What clients invent is no name, nor a method.
    name: route === undefined ? 'HTTP' : `${method} ${route}`,
    spanId: trace.spanId,
    parentId: trace.parentId,
    kind: spanKind.server,
    from: endedAt - durationMs,
    to: endedAt,
    // A client's mistake is no failure of the server (conventions for HTTP spans).
    ...(status >= 500 && { error: String(status) }),
    values: {
      [attribute.method]: route === undefined ? '_OTHER' : method,
      [attribute.route]: route,
      [attribute.status]: status,
      [attribute.scheme]: 'http',
      [attribute.operationId]: operationId,
      [attribute.request]: requestId,
    },
  });
}
