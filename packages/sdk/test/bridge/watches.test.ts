import assert from 'node:assert/strict';
import { bridged } from './bridged.ts';

describe('the signals of a peer', () => {
  it('are listened to once for all of their calls, and no more than one without any, which is let go soon', async () => {
    const { here, there } = bridged();
    const echo = there.lend(async (value: unknown) => value);
    const listening = new Set<AbortSignal>();
    const signals = Array.from({ length: 3 }, () => {
      const { signal } = new AbortController();
      const { addEventListener, removeEventListener } = signal;
      return Object.assign(signal, {
        addEventListener(...args: Parameters<AbortSignal['addEventListener']>) {
          assert.ok(!listening.has(signal));
          listening.add(signal);
          addEventListener.apply(signal, args);
        },
        removeEventListener(...args: Parameters<AbortSignal['removeEventListener']>) {
          listening.delete(signal);
          removeEventListener.apply(signal, args);
        },
      });
    });
    for (const signal of signals)
      await Promise.all(Array.from({ length: 3 }, () => here.call(echo, [{ signal }])));
    assert.deepEqual([...listening], signals.slice(-1));
    here.tick();
    assert.equal(listening.size, 0);
    await here.call(echo, [{ signal: signals[0] }]);
    assert.equal(listening.size, 1);
    here.end(new Error('it is over'));
    assert.equal(listening.size, 0);
  });

  it('cancel each call that is under way or waits, and none that is over', async () => {
    const { here, there } = bridged({ maxCalls: 2 });
    const controller = new AbortController();
    const { signal } = controller;
    const echo = there.lend(async (value: unknown) => value);
    const never = there.lend(() => new Promise(() => {}));
    await here.call(echo, [{ signal }]);
    const calls = Array.from({ length: 4 }, () => here.call(never, [{ signal }]));
    controller.abort(new Error('enough'));
    for (const { status, ...rest } of await Promise.allSettled(calls)) {
      assert.equal(status, 'rejected');
      assert.match(String(Object(rest).reason), /enough/);
    }
    await assert.rejects(here.call(echo, [{ signal }]), /enough/);
    here.end(new Error('it is over'));
  });
});
