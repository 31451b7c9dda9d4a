import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createGroupCommit, type Outcome } from '../src/group-commit.ts';

describe('group commit', () => {
  const outside = (work: () => void): void => work();
  const options = { most: 256, lanes: 1, keyOf: (item: string) => item, outside };

  it('writes together what comes in one turn, and while a write is under way', async () => {
    const groups: (readonly string[])[] = [];
    const commits = createGroupCommit<string>(async (items) => {
      groups.push(items);
      await turn();
      return [];
    }, options);
    const first = ['a', 'b'].map((item) => commits.add(item));
    await turn();
    const second = ['c', 'd'].map((item) => commits.add(item));
    await Promise.all([...first, ...second]);
    assert.deepEqual(groups, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('keeps one write short, however much comes at once', async () => {
    const sizes: number[] = [];
    const commits = createGroupCommit<string>(async (items) => {
      sizes.push(items.length);
      return [];
    }, options);
    await Promise.all(Array.from({ length: 600 }, (_, index) => commits.add(`${index}`)));
    assert.deepEqual(sizes, [256, 256, 88]);
    await commits.drain();
  });

  it('tells each what became of it, and all when the write itself fails', async () => {
    const outcomes: readonly Outcome[] = [undefined, { error: new Error('no') }];
    const commits = createGroupCommit<string>(async (items) => {
      if (items.includes('down')) throw new Error('down');
      return outcomes;
    }, options);
    const results = await Promise.allSettled([commits.add('a'), commits.add('b')]);
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? String(result.reason) : 'written')),
      ['written', 'Error: no'],
    );
    const failed = await Promise.allSettled([commits.add('a'), commits.add('down')]);
    assert.deepEqual(new Set(failed.map(({ status }) => status)), new Set(['rejected']));
  });

  it('writes on several lanes at once, but what belongs together one after another', async () => {
    const underWay = new Map<string, number>();
    const order: string[] = [];
    let most = 0;
    const commits = createGroupCommit<{ key: string; text: string }>(
      async (items) => {
        for (const { key } of items) underWay.set(key, (underWay.get(key) ?? 0) + 1);
        most = Math.max(most, underWay.size);
        for (let each = 0; each < items.length; each++) await turn();
        for (const { key, text } of items) {
          order.push(text);
          underWay.delete(key);
        }
        return [];
      },
      { most: 1, lanes: 2, keyOf: ({ key }) => key, outside },
    );
    const added = [1, 2, 3].flatMap((number) =>
      ['a', 'b'].map((key) => commits.add({ key, text: `${key}${number}` })),
    );
    await commits.drain();
    await Promise.all(added);
    assert.equal(most, 2);
    for (const key of ['a', 'b'])
      assert.deepEqual(
        order.filter((text) => text.startsWith(key)),
        [1, 2, 3].map((number) => `${key}${number}`),
      );
  });

  it('says when it has nothing to do any more', async () => {
    let idle = 0;
    const commits = createGroupCommit<string>(async () => [], { ...options, onIdle: () => void idle++ });
    await commits.add('a');
    await commits.drain();
    assert.equal(idle, 1);
  });
});
