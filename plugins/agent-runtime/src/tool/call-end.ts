import type { RunFailure } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';
import type { CallEnd, CallWish } from './call-wish.ts';
import { citationsIn } from './citations.ts';
import type { CallResult } from './run-tool.ts';

/** Writes how a call ended into the run's events. */
export function finish(scope: RunScope, wish: CallWish, outcome: CallResult, durationMs: number): CallEnd {
  if ('error' in outcome) {
    scope.emit('tool.finished', { ...placeOf(wish), error: outcome.error, durationMs });
    return outcome;
  }
  const citations = outcome.citations ?? citationsIn(outcome.output);
  const found = citations && citations.length > 0 && { citations };
  const data = { ...placeOf(wish), output: outcome.output, ...found, durationMs };
  scope.emit('tool.finished', data, outcome.written);
  return { output: outcome.output };
}

/** Ends a call that is not made, with the reason. */
export function refuse(scope: RunScope, wish: CallWish, error: unknown): CallEnd {
  const { tool } = wish;
  const failure: RunFailure = failureOf(error, (reason) => errors.AF_TOOL_FAILED({ tool, reason }));
  return finish(scope, wish, { error: failure }, 0);
}

/** What the events of a call have in common. */
export function placeOf({ turn, path, callId, tool }: CallWish): {
  readonly turn: number;
  readonly path?: string;
  readonly callId: string;
  readonly tool: string;
} {
  return path === undefined ? { turn, callId, tool } : { turn, path, callId, tool };
}
