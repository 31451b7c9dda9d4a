import assert from 'node:assert/strict';
import { memoryKernel, memoryPlugin } from './memory-kernel.ts';

/** What Node rejects has no frame of whoever forgot to wait for it; a thrown text has no stack at all. */
const lost: readonly unknown[] = [
  Object.assign(new Error('fetch failed'), { stack: 'Error: fetch failed' }),
  'gone',
];

describe('an uncaught error', () => {
  for (const error of lost)
    it(`of a plugin's setup, ${typeof error === 'string' ? 'a text' : 'without a stack'}, is the plugin's even while it starts`, async () => {
      const blamed: Promise<boolean>[] = [];
      const later = memoryPlugin('later', async () => {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        blamed.push(promise);
        setTimeout(() => resolve(kernel.blame(error)), 1);
        await promise;
        setImmediate(() => resolveAfter(kernel.blame(error)));
      });
      const { promise: after, resolve: resolveAfter } = Promise.withResolvers<boolean>();
      const { kernel, logged } = memoryKernel([later]);
      await kernel.start();
      assert.deepEqual([await blamed[0], await after], [true, true]);
      const told = logged.map((line) => JSON.parse(line));
      assert.deepEqual(
        told.map(({ plugin, phase }) => [plugin, phase]),
        [
          ['later', 'setup'],
          ['later', 'the background'],
        ],
      );
      assert.equal(kernel.inspect().plugins.find(({ id }) => id === 'later')?.errors, 2);
      await kernel.close();
    });

  it('of a piece of work is logged, and ends nothing', async () => {
    const { kernel, logged } = memoryKernel([memoryPlugin('steady', () => {})]);
    await kernel.start();
    const lease = kernel.lease();
    assert.deepEqual(
      lost.map((error) => lease.run(() => kernel.blame(error))),
      [true, true],
    );
    lease.release();
    assert.match(logged[0] ?? '', /"phase":"a piece of work".*fetch failed/);
    assert.equal(kernel.inspect().plugins[0]?.errors, 0);
    await kernel.close();
  });

  it('of nobody is nobody’s', async () => {
    const { kernel, logged } = memoryKernel([memoryPlugin('steady', () => {})]);
    await kernel.start();
    assert.deepEqual(
      lost.map((error) => kernel.blame(error)),
      [false, false],
    );
    assert.deepEqual(logged, []);
    await kernel.close();
  });
});
