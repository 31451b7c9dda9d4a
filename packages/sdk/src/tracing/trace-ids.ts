import { createHash } from 'node:crypto';
import type { Run } from '../domain/run.ts';

/** The trace of a run: the one it was begun in, else one that follows from the ids of runs. */
export function traceIdOfRun({ id, parent, trace }: Pick<Run, 'id' | 'parent' | 'trace'>): string {
  return trace?.traceId ?? hashOf(parent?.runId ?? id, 32);
}

/** The span of a run (its id), or of a call within it (`run_…:5`, by the event that ended it): the same each time. */
export function spanIdOf(id: string): string {
  return hashOf(id, 16);
}

/** The span that the one of a run follows from, if any. */
export function parentSpanOfRun({ parent, trace }: Pick<Run, 'parent' | 'trace'>): string | undefined {
  return parent ? spanIdOf(parent.runId) : trace?.spanId;
}

/**
 * Whether a trace is among the share that is recorded. It follows from the id, so that every process decides the same.
 * `ratio`: from 0 to 1.
 */
export function isInRatio(traceId: string, ratio: number): boolean {
  // The last 7 bytes are random in every trace id (W3C Trace Context 2, 3.2.2.3); 6 of them are a safe integer.
  return Number.parseInt(traceId.slice(-12), 16) < ratio * 2 ** 48;
}

function hashOf(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
