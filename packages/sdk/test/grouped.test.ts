import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createGrouped, storageErrors } from '../src/contracts/index.ts';

/** Something that doubles numbers together, and what it was given each time. */
function doubler(refused?: number): {
  readonly groups: (readonly number[])[];
  run(items: readonly number[]): Promise<readonly number[]>;
} {
  const groups: (readonly number[])[] = [];
  return {
    groups,
    async run(items) {
      groups.push(items);
      await new Promise((resolve) => setImmediate(resolve));
      if (refused !== undefined && items.includes(refused))
        throw storageErrors.AF_STORAGE_CONSTRAINT({ reason: 'odd' });
      return items.map((each) => each * 2);
    },
  };
}

describe('grouped', () => {
  it('does together what comes in one turn, and then what came meanwhile', async () => {
    const { groups, run } = doubler();
    const { add, drain } = createGrouped<number, number>({ run });
    const first = [1, 2, 3].map(add);
    const later = first[0]?.then(() => Promise.all([4, 5].map(add)));
    assert.deepEqual(await Promise.all(first), [2, 4, 6]);
    assert.deepEqual(await later, [8, 10]);
    await drain();
    assert.deepEqual(groups, [
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('does no more together than it should, by number and by weight', async () => {
    const byNumber = doubler();
    await Promise.all([1, 2, 3, 4, 5].map(createGrouped({ ...byNumber, most: 2 }).add));
    assert.deepEqual(byNumber.groups, [[1, 2], [3, 4], [5]]);
    const byWeight = doubler();
    const weigh = (each: number): number => each * 400_000;
    await Promise.all([1, 1, 3, 1].map(createGrouped({ ...byWeight, weigh }).add));
    assert.deepEqual(byWeight.groups, [[1, 1], [3], [1]]);
  });

  it('tries each alone when all together are refused', async () => {
    const { groups, run } = doubler(2);
    const { add } = createGrouped<number, number>({ run });
    const results = await Promise.allSettled([1, 2, 3].map(add));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(groups, [[1, 2, 3], [1], [2], [3]]);
  });

  it('repeats nothing that its callers may try again', async () => {
    let calls = 0;
    const { add, drain } = createGrouped<number, number>({
      async run() {
        calls++;
        throw storageErrors.AF_STORAGE_LOCKED({ database: 'a.db', ms: 1, reason: 'busy' });
      },
    });
    const results = await Promise.allSettled([1, 2, 3].map(add));
    assert.ok(results.every(({ status }) => status === 'rejected'));
    await drain();
    assert.equal(calls, 1);
  });

  it('waits for others, but not once there are enough', async () => {
    const { groups, run } = doubler();
    const { add, drain } = createGrouped<number, number>({ run, most: 3, waitMs: 1 });
    void add(1);
    await new Promise((resolve) => setImmediate(resolve));
    void add(2);
    await drain();
    assert.deepEqual(groups.flat(), [1, 2]);
  });

  it('runs in the context of none of its callers', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const { add } = createGrouped<number, number>({
      async run(items) {
        seen.push(context.getStore());
        return items;
      },
    });
    await context.run('a caller', () => add(1));
    assert.deepEqual(seen, [undefined]);
  });
});
