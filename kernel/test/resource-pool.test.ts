import assert from 'node:assert/strict';
import { ResourcePool } from '../src/resource-pool.ts';
import { Scope, work } from '../src/scope.ts';

describe('resource pool', () => {
  const pool = new ResourcePool(() => {});

  it('opens once, closes with the last holder, and opens anew only when closing has ended', async () => {
    const log: string[] = [];
    const closing = Promise.withResolvers<void>();
    const acquire = (): ReturnType<typeof pool.acquire> =>
      pool.acquire(
        'port',
        'p@1',
        () => log.push('open'),
        () => closing.promise.then(() => void log.push('close')),
      );
    const [one, two] = [acquire(), acquire()];
    assert.equal(await one.value, await two.value);
    await one.release();
    const closed = two.release();
    const three = acquire();
    closing.resolve();
    await closed;
    await three.value;
    assert.deepEqual(log, ['open', 'close', 'open']);
    await three.release();
  });

  it('forgets what failed to open', async () => {
    const failed = pool.acquire(
      'db',
      'p@1',
      () => Promise.reject(new Error('down')),
      () => {},
    );
    await assert.rejects(failed.value, /down/);
    const again = pool.acquire(
      'db',
      'p@1',
      () => 'up',
      () => {},
    );
    assert.equal(await again.value, 'up');
    await failed.release();
    await again.release();
  });

  it('forgets what still opens when nobody waits any more, and closes it when it comes', async () => {
    const slow = Promise.withResolvers<string>();
    const closed: string[] = [];
    const close = (value: string): void => void closed.push(value);
    const gaveUp = pool.acquire('slow', 'p@1', () => slow.promise, close);
    await gaveUp.release();
    const next = pool.acquire('slow', 'p@1', () => 'next', close);
    assert.equal(await next.value, 'next');
    slow.resolve('late');
    await gaveUp.value;
    await Promise.resolve();
    assert.deepEqual(closed, ['late']);
    await next.release();
  });

  it('opens outside of the scope of whoever asks first', async () => {
    const asker = new Scope('asker@1', () => {});
    let inside: Scope | undefined;
    const held = work.run({ scope: asker }, () =>
      pool.acquire(
        'server',
        'asker@1',
        () => void (inside = work.getStore()?.scope),
        () => {},
      ),
    );
    await held.value;
    assert.notEqual(inside, asker);
    assert.equal(inside?.plugin, 'asker@1');
    await held.release();
  });
});
