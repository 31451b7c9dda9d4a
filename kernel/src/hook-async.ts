import { ParallelRun } from './hook-parallel-run.ts';
import { SequentialRun } from './hook-sequential-run.ts';
import { countDispatch, type HookCall, type SealedHook } from './sealed-hook.ts';

/**
 * Compiles an asynchronous hook on runners of our own: they match tapable's kinds and speed, and know at any
 * time which tap they wait for, so that blame and deadlines hold under parallel and overlapping calls.
 */
export function compileAsyncHook(sealed: SealedHook): HookCall {
  const { kind } = sealed.hook;
  if (sealed.taps.length === 0) {
    return (input, signal) => {
      countDispatch(sealed);
      if (signal?.aborted) return Promise.reject(signal.reason);
      return Promise.resolve(kind === 'waterfall' ? input : kind === 'parallel' ? [] : undefined);
    };
  }
  if (kind === 'parallel') {
    return (input, signal) => {
      const weight = countDispatch(sealed);
      if (signal?.aborted) return Promise.reject(signal.reason);
      const promise = new Promise(takeResolvers);
      new ParallelRun(sealed, input, weight, signal, taken.resolve, taken.reject).start();
      return promise;
    };
  }
  return (input, signal) => {
    const weight = countDispatch(sealed);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const promise = new Promise(takeResolvers);
    new SequentialRun(sealed, input, 0, weight, signal, taken.resolve, taken.reject).start();
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
