import assert from 'node:assert/strict';
import type { RunSubject } from '@agent-factory/sdk/domain';
import { createLoadedCache } from '../src/definition/loaded-cache.ts';
import type { LoadedSubject } from '../src/run/run-executor.ts';

const subject: RunSubject = { kind: 'agent', name: 'guide', hash: 'h' };
const limits = { timeMs: 1 };

describe('definitions that were made ready', () => {
  let now = 0;
  let made = 0;
  const cache = createLoadedCache(() => now);
  const get = (goodForMs?: number): Promise<LoadedSubject> =>
    cache.get('default', subject, async () => {
      made++;
      return { subject, definition: { made }, limits, ...(goodForMs !== undefined && { goodForMs }) };
    });

  it('are made anew once they are not good any more, and stay with who has them', async () => {
    const first = await get(100);
    now = 99;
    assert.equal(await get(100), first);
    now = 100;
    assert.equal(await cache.peek('default', subject), first);
    const second = await get();
    assert.notEqual(second, first);
    assert.equal(await cache.peek('default', subject), second);
    now = 1e12;
    assert.equal(await get(), second);
    assert.equal(made, 2);
  });

  it('are not kept when they could not be made', async () => {
    cache.forget(undefined);
    const failing = cache.get('default', subject, () => Promise.reject(new Error('down')));
    await assert.rejects(failing, /down/);
    assert.equal(cache.peek('default', subject), undefined);
  });
});
