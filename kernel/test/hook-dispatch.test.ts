import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileHook } from '../src/hook-dispatch.ts';
import { asyncHook, compile, isBlamed, never, noUnhandledRejections, throws } from './compile-test-hook.ts';

describe('hook dispatch, asynchronous', () => {
  noUnhandledRejections();

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
