import { defineContract, type SingleContract } from '../contract.ts';
import type { TraceContext } from '../domain/trace-context.ts';

/** The span of a request, before it is over. */
export interface RequestTrace extends Required<TraceContext> {
  /** The span of whoever asked, where the request named one. */
  readonly parentId?: string;
}

/** What became of spans in this process. */
export interface TraceCounts {
  /** Answers and runs whose spans are not made yet. */
  readonly waiting: number;
  /** Spans that the collector took. */
  readonly exported: number;
  /** Answers and runs that found no room, or whose spans could not be made. */
  readonly dropped: number;
  /** Spans that the collector refused or could not be given. */
  readonly failed: number;
}

/** Decides where requests stand in which trace, and hands what was done to a collector. */
export interface Tracing {
  /** Begins the span of a request: in the trace that its header `traceparent` names, or in a new one. */
  begin(traceparent?: string): RequestTrace;
  counts(): TraceCounts;
}

/** Token of {@link Tracing}. */
export const Tracing: SingleContract<Tracing> = defineContract<Tracing>({
  id: 'tracing',
  version: '1.0.0',
  description: 'Decides where requests stand in which trace, and hands what was done to a collector.',
});
