import { ParallelRun } from './hook-parallel-run.ts';
import { SequentialRun } from './hook-sequential-run.ts';
import { countDispatch, type HookCall, type HookParts } from './compiled-hook.ts';

/**
 * Compiles an asynchronous hook on runners of our own: they match tapable's kinds and speed, and know at any
 * time which tap they wait for, so that blame and deadlines hold under parallel and overlapping calls.
 */
export function compileAsyncHook(parts: HookParts): HookCall {
  const { kind } = parts.hook;
  if (parts.taps.length === 0) {
    return (input, signal) => {
      countDispatch(parts);
      if (signal?.aborted) return Promise.reject(signal.reason);
      return Promise.resolve(kind === 'waterfall' ? input : kind === 'parallel' ? [] : undefined);
    };
  }
  const spare: SequentialRun[] = [];
  return (input, signal) => {
    const weight = countDispatch(parts);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (kind === 'parallel')
      return new Promise((...ends) => new ParallelRun(parts, input, weight, signal, ...ends).start());
    const run = spare.pop() ?? new SequentialRun(parts, spare);
    const answer = new Promise(run.take);
    run.begin(input, 0, weight, signal);
    return answer;
  };
}
