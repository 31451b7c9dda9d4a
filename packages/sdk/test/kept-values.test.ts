import assert from 'node:assert/strict';
import { silentLog } from '@agent-factory/sdk/testing';
import { createKeptValues, type Signals } from '../src/contracts/index.ts';

/** Signals between those who subscribe here. */
function signals(): Signals & { readonly heard: Set<() => void> } {
  const heard = new Set<() => void>();
  return {
    heard,
    publish: async () => heard.forEach((tell) => tell()),
    subscribe: (_channel, listener) => {
      const tell = (): void => listener('changed');
      heard.add(tell);
      return { [Symbol.dispose]: () => void heard.delete(tell) };
    },
  };
}

describe('kept values', () => {
  const open = (keepMs: number, bus?: Signals) =>
    createKeptValues<number>({ channel: 'test', keepMs, signals: bus, log: silentLog });

  it('are looked up once until something changes, here or in another process', async () => {
    const bus = signals();
    const [mine, other] = [open(60_000, bus), open(60_000, bus)];
    let looks = 0;
    const look = async (): Promise<number> => (looks += 1);
    assert.deepEqual([await mine.get('a', look), await mine.get('a', look)], [1, 1]);
    assert.equal(await mine.get('b', look), 2);
    await other.changed();
    assert.equal(await mine.get('a', look), 3);
    mine.close();
    other.close();
    assert.equal(bus.heard.size, 0);
  });

  it('do not keep what was read before a change and came after it', async () => {
    const kept = open(60_000);
    const slow = Promise.withResolvers<number>();
    const first = kept.get('a', () => slow.promise);
    await kept.changed();
    slow.resolve(1);
    assert.equal(await first, 1);
    assert.equal(await kept.get('a', async () => 2), 2);
  });

  it('keep no failure, and nothing at all where they are told so', async () => {
    const kept = open(60_000);
    await assert.rejects(async () => kept.get('a', async () => Promise.reject(new Error('down'))), /down/);
    assert.equal(await kept.get('a', async () => 1), 1);
    const none = open(0);
    assert.deepEqual([await none.get('a', async () => 1), await none.get('a', async () => 2)], [1, 2]);
  });
});
