import assert from 'node:assert/strict';
import { compile, isBlamed, noUnhandledRejections, syncHook, throws } from './compile-test-hook.ts';

describe('hook dispatch, synchronous', () => {
  noUnhandledRejections();

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
    const { compiled, taps } = compile(syncHook('series'), [() => undefined, throws(cause), () => undefined]);
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

  it('blames it for a value that cannot be printed, too', () => {
    const { compiled } = compile(syncHook('series'), [throws(Object.create(null))]);
    assert.throws(() => compiled.call(1), /p0 failed in hook .*: it threw a value that cannot be printed/);
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
