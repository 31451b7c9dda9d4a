import { createRequire } from 'node:module';
import type Tapable from 'tapable';
import { countDispatch, type HookCall, type HookParts } from './compiled-hook.ts';
import { tapFailed, tellFailure } from './tap-failure.ts';
import type { Tap } from './tap-order.ts';

const require = createRequire(import.meta.url);

type Handler = (input: unknown) => unknown;

/**
 * Compiles a synchronous hook on tapable, twice: once with a clock around each tap, once without. tapable's own
 * traps are out of reach, for each tap is wrapped: what it throws is blamed on it, `null` becomes `undefined`,
 * and a promise is refused.
 */
export function compileSyncHook(parts: HookParts): HookCall {
  const { hook, taps } = parts;
  if (taps.length === 0) {
    return (input, signal) => {
      countDispatch(parts);
      signal?.throwIfAborted();
      return hook.kind === 'waterfall' ? input : undefined;
    };
  }
  let weight = 0;
  const plain = seal(parts, (tap) => blame(parts, tap));
  const timed = seal(parts, (tap) => clock(tap, blame(parts, tap), () => weight));
  return (input, signal) => {
    if (signal !== undefined) signal.throwIfAborted();
    weight = countDispatch(parts);
    return weight === 0 ? plain.call(input) : timed.call(input);
  };
}

function seal({ hook, taps }: HookParts, wrap: (tap: Tap) => Handler): { call: Handler } {
  const tapable = require('tapable') as typeof Tapable; // loaded with the first hook that needs it
  const Kind =
    hook.kind === 'waterfall'
      ? tapable.SyncWaterfallHook
      : hook.kind === 'bail'
        ? tapable.SyncBailHook
        : tapable.SyncHook;
  const made = new Kind<[unknown], unknown>(['input']);
  for (const tap of taps) made.tap(tap.plugin, wrap(tap));
  return made;
}

function blame(parts: HookParts, tap: Tap): Handler {
  const handler = tap.handler as Handler; // its input was checked where the plugin tapped the hook
  const { stats } = tap;
  return (input) => {
    stats.calls++;
    try {
      const answer = handler(input);
      return answer === undefined || answer === null ? undefined : plainAnswer(answer);
    } catch (thrown) {
      return failed(parts, tap, thrown);
    }
  };
}

function failed({ hook, report }: HookParts, tap: Tap, thrown: unknown): undefined {
  const error = tapFailed(tap, thrown);
  if (hook.onError === 'fail') throw error;
  tellFailure(report, tap, error);
}

function plainAnswer(answer: {}): unknown {
  if (typeof answer !== 'object' || !('then' in answer) || typeof answer.then !== 'function') return answer;
  answer.then(undefined, () => undefined); // the call below is what fails, not the process
  throw new TypeError('it returned a promise, and this hook is synchronous');
}

function clock(tap: Tap, call: Handler, weight: () => number): Handler {
  const { stats } = tap;
  return (input) => {
    const counts = weight();
    const begun = performance.now();
    try {
      return call(input);
    } finally {
      stats.totalMs += (performance.now() - begun) * counts;
      stats.samples++;
    }
  };
}
