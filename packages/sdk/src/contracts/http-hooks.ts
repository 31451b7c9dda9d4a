import { defineSyncHook, type Hook } from '../hook.ts';
import type { RequestTrace } from './tracing.ts';

/** A request that was answered, or whose client left before. */
export interface HttpAnswer {
  /** Of the route; left out where none was found. */
  readonly operationId?: string;
  /** Its path: `/api/v1/runs/{id}`; left out where none was found. */
  readonly route?: string;
  readonly method: string;
  readonly requestId: string;
  /** Where it stands in a trace, where requests are traced. */
  readonly trace?: RequestTrace;
  /** 499 where the client left before anything was sent. */
  readonly status: number;
  /** Milliseconds from the request to the last byte of its answer. */
  readonly durationMs: number;
  /** Whether it was an event stream, which takes as long as somebody listens. */
  readonly isStream: boolean;
}

/** After each answer of the HTTP API, while nobody waits for it any more; for what counts. */
export const onAnswer: Hook<HttpAnswer, void, 'series', 'sync'> = defineSyncHook<HttpAnswer, void, 'series'>({
  id: 'http-api.onAnswer',
  kind: 'series',
  onError: 'isolate',
});
