import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { asyncHook, compile, isBlamed, never, noUnhandledRejections } from './compile-test-hook.ts';

/** A small generator of its own, so that every run sees the same numbers. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

describe('hook calls that overlap', () => {
  noUnhandledRejections();

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
});
