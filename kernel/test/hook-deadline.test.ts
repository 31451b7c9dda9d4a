import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncHook, compile, isBlamed, never, noUnhandledRejections } from './compile-test-hook.ts';

describe('hook deadlines and aborts', () => {
  const unhandled = noUnhandledRejections();

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

  it('keeps the deadline of each dispatch, soon after another or long after it', async () => {
    let hangs = false;
    const { compiled } = compile(asyncHook('series', { timeoutMs: 5 }), [
      async () => (hangs ? never() : undefined),
    ]);
    for (const pauseMs of [0, 60]) {
      hangs = false;
      await compiled.call(1);
      hangs = true;
      if (pauseMs > 0) await sleep(pauseMs);
      await assert.rejects(
        () => compiled.call(1) as Promise<unknown>,
        (error) => isBlamed(error, 'p0', 'AF_HOOK_TIMEOUT'),
      );
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
});
