import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defineHook,
  defineSyncHook,
  isAgentFactoryError,
  type AnyHook,
  type TapInfo,
} from '@agent-factory/sdk';
import { compileHook, type CompiledHook } from '../src/hook-dispatch.ts';
import { createTapStats, type Tap } from '../src/tap-order.ts';

type Handler = (input: never, info?: TapInfo) => unknown;
type Kind = 'series' | 'waterfall' | 'bail' | 'parallel';
type Options = { onError?: 'fail' | 'isolate'; timeoutMs?: number };
interface Failure {
  plugin: string;
  hook: string;
  error: unknown;
}

/** An asynchronous hook for tests. */
export const asyncHook = (kind: Kind, options: Options = {}): AnyHook =>
  defineHook({ id: 'test.hook', kind, ...options });

/** A synchronous hook for tests. */
export const syncHook = (kind: Exclude<Kind, 'parallel'>, onError: 'fail' | 'isolate' = 'fail'): AnyHook =>
  defineSyncHook({ id: 'test.hook', kind, onError });

/** A hook with the handlers of the plugins p0, p1 and so on; `failures` collects what is isolated. */
export function compile(
  hook: AnyHook,
  handlers: readonly Handler[],
): { compiled: CompiledHook; taps: readonly Tap[]; failures: Failure[] } {
  const taps = handlers.map((handler, index): Tap => ({
    plugin: `p${index}`,
    hook,
    handler,
    before: [],
    after: [],
    stage: 0,
    index,
    stats: createTapStats(),
  }));
  const failures: Failure[] = [];
  return { compiled: compileHook(hook, taps, (failure) => failures.push(failure)), taps, failures };
}

/** Answers never. */
export const never = (): Promise<never> => new Promise(() => undefined);

/** A handler that throws this, whatever it is. */
export const throws = (thrown: unknown) => (): never => {
  throw thrown;
};

/** Asserts that an error names the plugin and the hook. */
export function isBlamed(
  error: unknown,
  plugin: string,
  code: 'AF_HOOK_TAP_FAILED' | 'AF_HOOK_TIMEOUT',
): true {
  assert.ok(isAgentFactoryError(error, code), String(error));
  assert.equal(error.details['plugin'], plugin);
  assert.equal(error.details['hook'], 'test.hook');
  return true;
}

/** Fails a suite that leaves a rejection unhandled; the list is of those so far. */
export function noUnhandledRejections(): readonly unknown[] {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  before(() => process.on('unhandledRejection', note));
  after(async () => {
    await sleep(1);
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });
  return unhandled;
}
