import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
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

const asyncHook = (kind: Kind, options: Options = {}): AnyHook =>
  defineHook({ id: 'test.hook', kind, ...options });
const syncHook = (kind: Exclude<Kind, 'parallel'>, onError: 'fail' | 'isolate' = 'fail'): AnyHook =>
  defineSyncHook({ id: 'test.hook', kind, onError });

function compile(
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

const never = (): Promise<never> => new Promise(() => undefined);
const throws = (thrown: unknown) => (): never => {
  throw thrown;
};

/** A small generator of its own, so that every run sees the same numbers. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function isBlamed(error: unknown, plugin: string, code: 'AF_HOOK_TAP_FAILED' | 'AF_HOOK_TIMEOUT'): true {
  assert.ok(isAgentFactoryError(error, code), String(error));
  assert.equal(error.details['plugin'], plugin);
  assert.equal(error.details['hook'], 'test.hook');
  return true;
}

describe('hook dispatch', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  before(() => process.on('unhandledRejection', note));
  after(async () => {
    await sleep(1);
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  describe('synchronous', () => {
    it('tells every tap of a series, in order', () => {
      const seen: string[] = [];
      const { compiled } = compile(syncHook('series'), [
        (input) => seen.push(`a${String(input)}`),
        (input) => seen.push(`b${String(input)}`),
      ]);
      assert.equal(compiled.call(1), undefined);
      assert.deepEqual(seen, ['a1', 'b1']);
    });

    it('keeps a waterfall value where a tap returns undefined or null', () => {
      const { compiled } = compile(syncHook('waterfall'), [
        (input: number) => input + 1,
        () => null,
        () => undefined,
        (input: number) => input * 10,
      ]);
      assert.equal(compiled.call(1), 20);
    });

    it('takes the first answer of a bail that is neither undefined nor null', () => {
      const asked: number[] = [];
      const tap = (at: number, answer: unknown) => (): unknown => {
        asked.push(at);
        return answer;
      };
      const { compiled } = compile(syncHook('bail'), [
        tap(0, undefined),
        tap(1, null),
        tap(2, 0),
        tap(3, 'late'),
      ]);
      assert.equal(compiled.call(undefined), 0);
      assert.deepEqual(asked, [0, 1, 2]);
    });

    it('costs nothing and changes nothing without taps', () => {
      assert.equal(compile(syncHook('series'), []).compiled.call(7), undefined);
      assert.equal(compile(syncHook('waterfall'), []).compiled.call(7), 7);
      assert.equal(compile(syncHook('bail'), []).compiled.call(7), undefined);
    });

    it('blames the tap that throws and keeps its error as the cause', () => {
      const cause = new Error('no luck');
      const { compiled, taps } = compile(syncHook('series'), [
        () => undefined,
        throws(cause),
        () => undefined,
      ]);
      assert.throws(
        () => compiled.call(1),
        (error: Error) => isBlamed(error, 'p1', 'AF_HOOK_TAP_FAILED') && error.cause === cause,
      );
      assert.deepEqual(
        taps.map((tap) => [tap.stats.calls, tap.stats.errors]),
        [
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      );
    });

    it('goes on with the value before when it isolates a failure', () => {
      const { compiled, failures } = compile(syncHook('waterfall', 'isolate'), [
        (input: number) => input + 1,
        throws(new Error('no')),
        (input: number) => input * 10,
      ]);
      assert.equal(compiled.call(1), 20);
      assert.deepEqual(
        failures.map((failure) => [failure.plugin, failure.hook]),
        [['p1', 'test.hook']],
      );
      isBlamed(failures[0]?.error, 'p1', 'AF_HOOK_TAP_FAILED');
    });

    it('blames the inner tap when a tap calls the same hook again', () => {
      const { compiled } = compile(syncHook('series'), [
        () => undefined,
        (depth: number) => void (depth > 0 && compiled.call(depth - 1)),
        (depth: number) => {
          if (depth === 0) throw new Error('deep');
        },
      ]);
      assert.throws(
        () => compiled.call(1),
        (error: Error) =>
          isBlamed(error, 'p1', 'AF_HOOK_TAP_FAILED') && isBlamed(error.cause, 'p2', 'AF_HOOK_TAP_FAILED'),
      );
    });

    it('refuses a promise from a tap, also one that rejects', () => {
      const { compiled, failures } = compile(syncHook('bail', 'isolate'), [
        async () => Promise.reject(new Error('unseen')),
        () => 'answer',
      ]);
      assert.equal(compiled.call(1), 'answer');
      assert.match(String(failures[0]?.error), /p0 failed .* promise, and this hook is synchronous/);
    });

    it('runs a hundred taps', () => {
      const { compiled, taps } = compile(
        syncHook('waterfall'),
        Array.from({ length: 100 }, () => (input: number) => input + 1),
      );
      for (let count = 0; count < 600; count++) assert.equal(compiled.call(0), 100);
      assert.equal(compiled.dispatches, 600);
      assert.ok(taps.every((tap) => tap.stats.calls === 600 && tap.stats.samples === 16 + 2));
    });
  });

  describe('asynchronous', () => {
    it('tells every tap of a series, one after another', async () => {
      const seen: string[] = [];
      const tap = (name: string, ms: number) => async (): Promise<void> => {
        seen.push(`${name} begins`);
        await sleep(ms);
        seen.push(`${name} ends`);
      };
      const { compiled } = compile(asyncHook('series'), [tap('a', 3), tap('b', 1)]);
      assert.equal(await compiled.call(1), undefined);
      assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends']);
    });

    it('keeps a waterfall value where a tap returns undefined or null', async () => {
      const { compiled } = compile(asyncHook('waterfall'), [
        async (input: number) => input + 1,
        async () => null,
        () => undefined,
        async (input: number) => input * 10,
        () => null,
      ]);
      assert.equal(await compiled.call(1), 20);
    });

    it('takes the first answer of a bail that is neither undefined nor null', async () => {
      let late = 0;
      const { compiled } = compile(asyncHook('bail'), [
        async () => null,
        () => undefined,
        async () => false,
        () => late++,
      ]);
      assert.equal(await compiled.call(1), false);
      assert.equal(late, 0);
    });

    it('gathers the answers of a parallel hook in the order of its taps', async () => {
      const { compiled } = compile(asyncHook('parallel'), [
        () => sleep(3, 'slow'),
        () => 'plain',
        () => sleep(1, null),
      ]);
      assert.deepEqual(await compiled.call(1), [
        { plugin: 'p0', value: 'slow' },
        { plugin: 'p1', value: 'plain' },
        { plugin: 'p2', value: null },
      ]);
    });

    it('answers at once without taps', async () => {
      assert.equal(await compile(asyncHook('series'), []).compiled.call(7), undefined);
      assert.equal(await compile(asyncHook('waterfall'), []).compiled.call(7), 7);
      assert.equal(await compile(asyncHook('bail'), []).compiled.call(7), undefined);
      assert.deepEqual(await compile(asyncHook('parallel'), []).compiled.call(7), []);
    });

    it('runs a hundred taps, of plain and of async functions', async () => {
      const handlers = Array.from({ length: 100 }, (_, at) =>
        at % 2 === 0 ? (input: number) => input + 1 : async (input: number) => input + 1,
      );
      assert.equal(await compile(asyncHook('waterfall'), handlers).compiled.call(0), 100);
    });

    for (const kind of ['series', 'waterfall', 'bail', 'parallel'] as const) {
      it(`blames the tap of a ${kind} hook that throws, rejects or throws no error at all`, async () => {
        const error = new Error('no luck');
        for (const thrown of [error, undefined, null, 'text', 0, Object.create(null) as unknown]) {
          for (const failing of [
            throws(thrown),
            () => Promise.reject(thrown),
            () => sleep(1).then(throws(thrown)),
          ]) {
            const { compiled, taps } = compile(asyncHook(kind), [() => undefined, failing, () => undefined]);
            await assert.rejects(
              () => compiled.call(1) as Promise<unknown>,
              (found: Error) => isBlamed(found, 'p1', 'AF_HOOK_TAP_FAILED') && found.cause === thrown,
            );
            assert.deepEqual(
              taps.map((tap) => tap.stats.errors),
              [0, 1, 0],
            );
          }
        }
      });
    }

    it('goes on with the value before when it isolates failures', async () => {
      const { compiled, failures } = compile(asyncHook('waterfall', { onError: 'isolate', timeoutMs: 5 }), [
        async (input: number) => input + 1,
        throws(new Error('thrown')),
        () => Promise.reject(new Error('rejected')),
        never,
        (input: number) => input * 10,
      ]);
      assert.equal(await compiled.call(1), 20);
      assert.equal(failures.length, 3);
      isBlamed(failures[0]?.error, 'p1', 'AF_HOOK_TAP_FAILED');
      isBlamed(failures[1]?.error, 'p2', 'AF_HOOK_TAP_FAILED');
      isBlamed(failures[2]?.error, 'p3', 'AF_HOOK_TIMEOUT');
    });

    it('leaves failed taps out of a parallel answer that isolates', async () => {
      const { compiled, failures } = compile(asyncHook('parallel', { onError: 'isolate', timeoutMs: 5 }), [
        never,
        () => 'kept',
        throws('no'),
        never,
      ]);
      assert.deepEqual(await compiled.call(1), [{ plugin: 'p1', value: 'kept' }]);
      assert.deepEqual(failures.map((failure) => failure.plugin).toSorted(), ['p0', 'p2', 'p3']);
    });

    it('goes on though the reporter itself throws', async () => {
      const hook = asyncHook('bail', { onError: 'isolate' });
      const { taps } = compile(hook, [throws(new Error('no')), () => 'answer']);
      assert.equal(await compileHook(hook, taps, throws(new Error('reporter'))).call(1), 'answer');
    });

    it('fails a hung tap at its deadline, never before, and aborts its signal', async () => {
      for (const kind of ['series', 'parallel'] as const) {
        let began = 0;
        let signal: AbortSignal | undefined;
        const { compiled } = compile(asyncHook(kind, { timeoutMs: 20 }), [
          () => sleep(1),
          (_input, info) => {
            began = performance.now();
            signal = info?.signal;
            return never();
          },
        ]);
        await assert.rejects(
          () => compiled.call(1) as Promise<unknown>,
          (error) => isBlamed(error, 'p1', 'AF_HOOK_TIMEOUT'),
        );
        assert.ok(performance.now() - began >= 20);
        assert.equal(signal?.aborted, true);
        isBlamed(signal.reason, 'p1', 'AF_HOOK_TIMEOUT');
      }
    });

    it('counts each tap from its own beginning', async () => {
      const { compiled } = compile(
        asyncHook('series', { timeoutMs: 150 }),
        Array.from({ length: 4 }, () => () => sleep(50)),
      );
      await compiled.call(1);
    });

    it('aborts a signal that is asked for only after the deadline', async () => {
      let late: boolean | undefined;
      const seen = Promise.withResolvers<void>();
      const { compiled } = compile(asyncHook('series', { timeoutMs: 5 }), [
        async (_input, info) => {
          await sleep(60);
          late = info?.signal.aborted;
          seen.resolve();
        },
      ]);
      await assert.rejects(() => compiled.call(1) as Promise<unknown>);
      await seen.promise;
      assert.equal(late, true);
    });

    it('ignores what a late tap still does: answer, reject, or answer the next tap’s question', async () => {
      const slow = Promise.withResolvers<number>();
      const second = Promise.withResolvers<number>();
      const { compiled, failures, taps } = compile(
        asyncHook('waterfall', { onError: 'isolate', timeoutMs: 5 }),
        [
          () => slow.promise,
          () => {
            slow.resolve(666);
            setImmediate(() => second.resolve(7));
            return second.promise;
          },
        ],
      );
      assert.equal(await compiled.call(1), 7);
      assert.deepEqual(
        failures.map((failure) => failure.plugin),
        ['p0'],
      );
      assert.deepEqual(
        taps.map((tap) => [tap.stats.calls, tap.stats.errors]),
        [
          [1, 1],
          [1, 0],
        ],
      );
      const rejecting = Promise.withResolvers<never>();
      const failing = compile(asyncHook('series', { timeoutMs: 5 }), [() => rejecting.promise]);
      await assert.rejects(() => failing.compiled.call(1) as Promise<unknown>);
      rejecting.reject(new Error('too late'));
      await sleep(1);
      assert.deepEqual(unhandled, []);
    });

    it('counts a thenable once, however often it calls back', async () => {
      const twice = (answer: number): PromiseLike<number> =>
        ({
          // oxlint-disable-next-line unicorn/no-thenable -- a hostile thenable is what is tried here
          then(resolved: (value: number) => void, rejected: (reason: unknown) => void) {
            resolved(answer);
            resolved(answer + 1);
            rejected(new Error('and a failure'));
            throw new Error('and a throw');
          },
        }) as PromiseLike<number>;
      const { compiled, taps } = compile(asyncHook('waterfall'), [
        () => twice(5),
        (input: number) => input * 2,
      ]);
      assert.equal(await compiled.call(1), 10);
      assert.deepEqual(
        taps.map((tap) => [tap.stats.calls, tap.stats.errors]),
        [
          [1, 0],
          [1, 0],
        ],
      );
      const parallel = compile(asyncHook('parallel'), [() => twice(1), () => twice(3)]);
      assert.deepEqual(await parallel.compiled.call(1), [
        { plugin: 'p0', value: 1 },
        { plugin: 'p1', value: 3 },
      ]);
    });

    it('blames a tap whose answer cannot even be looked at', async () => {
      // oxlint-disable-next-line unicorn/no-thenable -- a hostile thenable is what is tried here
      const hostile = Object.defineProperty({}, 'then', { get: throws(new Error('trap')) });
      const { compiled } = compile(asyncHook('series'), [() => hostile]);
      await assert.rejects(
        () => compiled.call(1) as Promise<unknown>,
        (error) => isBlamed(error, 'p0', 'AF_HOOK_TAP_FAILED'),
      );
    });

    it('ends with the reason of the caller’s own abort, and blames nobody', async () => {
      for (const kind of ['series', 'parallel'] as const) {
        const caller = new AbortController();
        const reason = new Error('the caller went away');
        let inner: AbortSignal | undefined;
        const { compiled, taps } = compile(asyncHook(kind, { onError: 'isolate' }), [
          (_input, info) => {
            inner = info?.signal;
            setImmediate(() => caller.abort(reason));
            return never();
          },
        ]);
        await assert.rejects(
          () => compiled.call(1, caller.signal) as Promise<unknown>,
          (error) => error === reason,
        );
        assert.equal(inner?.reason, reason);
        assert.equal(taps[0]?.stats.errors, 0);
        await assert.rejects(
          () => compiled.call(1, caller.signal) as Promise<unknown>,
          (error) => error === reason,
        );
        assert.equal(taps[0]?.stats.calls, 1);
      }
    });

    it('aborts the other taps of a parallel hook that fails', async () => {
      let other: AbortSignal | undefined;
      const { compiled } = compile(asyncHook('parallel'), [
        (_input, info) => {
          other = info?.signal;
          return never();
        },
        () => Promise.reject(new Error('no')),
      ]);
      await assert.rejects(() => compiled.call(1) as Promise<unknown>);
      isBlamed(other?.reason, 'p1', 'AF_HOOK_TAP_FAILED');
    });

    it('stays in the caller’s async context, also after a deadline', async () => {
      const storage = new AsyncLocalStorage<string>();
      const seen: (string | undefined)[] = [];
      const { compiled } = compile(asyncHook('series', { onError: 'isolate', timeoutMs: 5 }), [
        (_input, info) => {
          info?.signal.addEventListener('abort', () => seen.push(storage.getStore()));
          return never();
        },
        () => void seen.push(storage.getStore()),
      ]);
      await Promise.all(['a', 'b', 'c'].map((name) => storage.run(name, () => compiled.call(name))));
      assert.deepEqual(
        seen.map(String).toSorted((a, b) => a.localeCompare(b)),
        ['a', 'a', 'b', 'b', 'c', 'c'],
      );
    });

    it('blames the right tap under overlapping calls with random delays and failures', async () => {
      const random = seeded(42);
      const size = 6;
      for (const kind of ['series', 'parallel'] as const) {
        const calls: Promise<void>[] = [];
        const { compiled, taps } = compile(
          asyncHook(kind),
          Array.from({ length: size }, (_, at) => async (input: { failing: number; delays: number[] }) => {
            await sleep(input.delays[at]);
            if (input.failing === at) throw new Error(`p${at} of ${JSON.stringify(input)}`);
          }),
        );
        let expected = 0;
        for (let call = 0; call < 300; call++) {
          const failing = random(size * 2);
          const input = { failing, delays: Array.from({ length: size }, () => random(4)) };
          if (failing < size) expected++;
          calls.push(
            (compiled.call(input) as Promise<unknown>).then(
              () => assert.ok(failing >= size),
              (error: Error) => {
                isBlamed(error, `p${failing}`, 'AF_HOOK_TAP_FAILED');
                assert.match(String(error.cause), new RegExp(`p${failing} of .*"failing":${failing}`));
              },
            ),
          );
          if (call % 10 === 0) await sleep(1);
        }
        await Promise.all(calls);
        assert.equal(
          taps.reduce((sum, tap) => sum + tap.stats.errors, 0),
          expected,
        );
      }
    });

    it('isolates the right taps under overlapping calls, hung ones among them', async () => {
      const random = seeded(9);
      const { compiled, failures } = compile(
        asyncHook('waterfall', { onError: 'isolate', timeoutMs: 30 }),
        Array.from({ length: 5 }, (_, at) => async (input: { fate: string[]; passed: number[] }) => {
          await sleep(random(3));
          if (input.fate[at] === 'throws') throw new Error('no');
          if (input.fate[at] === 'hangs') await never();
          return { ...input, passed: [...input.passed, at] };
        }),
      );
      const expected = { throws: 0, hangs: 0 };
      const calls = Array.from({ length: 100 }, async () => {
        const fate = Array.from(
          { length: 5 },
          () => ['works', 'works', 'throws', 'hangs'][random(4)] ?? 'works',
        );
        for (const one of fate) if (one === 'throws' || one === 'hangs') expected[one]++;
        const result = (await compiled.call({ fate, passed: [] })) as { passed: number[] };
        assert.deepEqual(
          result.passed,
          [0, 1, 2, 3, 4].filter((at) => fate[at] === 'works'),
        );
      });
      await Promise.all(calls);
      const late = failures.filter((failure) => isAgentFactoryError(failure.error, 'AF_HOOK_TIMEOUT'));
      assert.deepEqual({ throws: failures.length - late.length, hangs: late.length }, expected);
    });

    it('scales the time it samples to all calls, and keeps the numbers of a tap carried over', async () => {
      const { compiled, taps } = compile(asyncHook('series'), [() => undefined, () => sleep(2)]);
      for (let call = 0; call < 256; call++) await compiled.call(1);
      const stats = taps[1]?.stats;
      assert.deepEqual([stats?.calls, stats?.samples], [256, 16 + 1]);
      // Sixteen samples of at least 1 ms stand for themselves and one for 256 calls.
      assert.ok((stats?.totalMs ?? 0) >= 16 + 256, String(stats?.totalMs));
      const next = compileHook(taps[0]!.hook, taps, () => undefined);
      await next.call(1);
      assert.equal(stats?.calls, 257);
      assert.equal(next.dispatches, 1);
    });

    it('is sealed: later changes to the list of taps do not reach it', async () => {
      const { taps } = compile(asyncHook('bail'), [() => 'first']);
      const list = [...taps];
      const compiled = compileHook(taps[0]!.hook, list, () => undefined);
      list.length = 0;
      assert.equal(await compiled.call(1), 'first');
      assert.ok(Object.isFrozen(compiled) && Object.isFrozen(compiled.taps));
    });
  });
});
