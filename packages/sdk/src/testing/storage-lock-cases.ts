import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '../contracts/storage.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { insert } from './storage-migration-cases.ts';

/** Declares a case on a database with the table `af_suite_things`. */
type WithThings = (
  name: string,
  work: (storage: Storage, fixture: { another(): Promise<Storage> }) => Promise<void>,
) => ConformanceCase;

/** What every storage must do with the locks of a transaction. */
export function lockCases(withThings: WithThings): ConformanceSuite {
  return [
    withThings('lets one process at a time hold a lock', async (storage, { another }) => {
      const other = await another();
      const order: string[] = [];
      const { promise: held, resolve: hold } = Promise.withResolvers<void>();
      const first = storage.transaction(async (tx) => {
        await tx.lock('suite');
        hold();
        await sleep(30); // the other one gets every chance to be too early
        order.push('first');
        await tx.execute(insert, [1, 'one']);
      });
      await held;
      const second = other.transaction(async (tx) => {
        await tx.lock('suite');
        order.push('second');
        return tx.query('SELECT id FROM af_suite_things');
      });
      await first;
      assert.deepEqual(await second, [{ id: 1 }], 'what the first one wrote is seen');
      assert.deepEqual(order, ['first', 'second']);
    }),
    withThings('gives a lock back with the transaction, however that ends', async (storage, { another }) => {
      const other = await another();
      await assert.rejects(
        storage.transaction(async (tx) => {
          await tx.lock('suite');
          throw new Error('undone');
        }),
        /undone/,
      );
      await other.transaction(async (tx) => {
        await tx.lock('suite');
        await tx.lock('suite');
        await tx.lock("another's");
      });
      await storage.transaction((tx) => tx.lock('suite'));
    }),
    withThings('locks for many who come at once', async (storage, { another }) => {
      const handles = [storage, await another()];
      await storage.execute('INSERT INTO af_suite_things (id, name, amount) VALUES (1, ?, 0)', ['sum']);
      const addOne = (handle: Storage): Promise<void> =>
        handle.transaction(async (tx) => {
          await tx.lock('sum');
          const [row] = await tx.query<{ amount: number }>('SELECT amount FROM af_suite_things');
          await tx.execute('UPDATE af_suite_things SET amount = ?', [(row?.amount ?? 0) + 1]);
        });
      await Promise.all(Array.from({ length: 10 }, (_, n) => addOne(handles[n % 2] ?? storage)));
      assert.deepEqual(await storage.query('SELECT amount FROM af_suite_things'), [{ amount: 10 }]);
    }),
  ];
}
