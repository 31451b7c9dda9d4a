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
  if (kind === 'parallel') {
    return (input, signal) => {
      const weight = countDispatch(parts);
      if (signal?.aborted) return Promise.reject(signal.reason);
      const promise = new Promise(takeResolvers);
      new ParallelRun(parts, input, weight, signal, taken.resolve, taken.reject).start();
      return promise;
    };
  }
  return (input, signal) => {
    const weight = countDispatch(parts);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const promise = new Promise(takeResolvers);
    new SequentialRun(parts, input, 0, weight, signal, taken.resolve, taken.reject).start();
    return promise;
  };
}

type Settle = (value: unknown) => void;

// A promise calls its executor at once, so one executor serves every dispatch; a closure each would cost.
const taken: { resolve: Settle; reject: Settle } = { resolve: () => undefined, reject: () => undefined };

function takeResolvers(resolve: Settle, reject: Settle): void {
  taken.resolve = resolve;
  taken.reject = reject;
}
