import assert from 'node:assert/strict';
import type { Kysely } from 'kysely';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { keysetPage, queryBuilder, type KeysetColumn, type KeysetPage } from '@agent-factory/sdk/sql';
import { sqlEngines, type SqlEngine } from '../support/sql-engines.ts';

interface Item {
  id: number;
  topic: string;
  stars: number;
  due: number | null;
}

interface Tables {
  af_suite_items: Item;
}

type Column = KeysetColumn<Tables, 'af_suite_items', Item>;
type Order = readonly [Column, ...Column[]];

const items: readonly Item[] = Array.from({ length: 23 }, (_, index) => ({
  id: index + 1,
  topic: `t${index % 3}`,
  stars: (index * 7) % 5,
  due: index % 4 === 0 ? null : (index * 5) % 6,
}));

const orders: Readonly<Record<string, Order>> = {
  'one column': [{ column: 'id' }],
  'one column, downwards': [{ column: 'id', direction: 'desc' }],
  'two columns the same way': [
    { column: 'stars', direction: 'desc' },
    { column: 'id', direction: 'desc' },
  ],
  'three columns in different directions': [
    { column: 'topic' },
    { column: 'stars', direction: 'desc' },
    { column: 'id' },
  ],
  'a column with NULL, upwards': [
    { column: 'due', nullable: true },
    { column: 'id', direction: 'desc' },
  ],
  'columns with NULL, downwards': [
    { column: 'af_suite_items.topic', direction: 'desc' },
    { column: 'due', direction: 'desc', nullable: true },
    { column: 'id' },
  ],
};

/** The rows as the order wants them, NULL last. */
function sorted(order: Order): readonly Item[] {
  return [...items].sort((a, b) => {
    for (const { column, direction } of order) {
      const field = String(column).replace('af_suite_items.', '') as keyof Item; // from the orders above
      const [x, y] = [a[field], b[field]];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return (x < y ? -1 : 1) * (direction === 'desc' ? -1 : 1);
    }
    return 0;
  });
}

for (const [name, open] of sqlEngines) {
  describe(`keyset pages on ${name}`, () => {
    let engine: SqlEngine;
    let db: Kysely<Tables>;
    before(async function () {
      this.timeout(60_000);
      engine = await open();
      db = queryBuilder<Tables>(engine.storage);
      const up =
        'CREATE TABLE af_suite_items (id BIGINT PRIMARY KEY, topic TEXT NOT NULL, stars BIGINT NOT NULL, due BIGINT)';
      await engine.storage.migrate('suite', [
        { version: 1, name: 'create-items', up, down: 'DROP TABLE af_suite_items' },
      ]);
      await db
        .insertInto('af_suite_items')
        .values([...items])
        .execute();
    });
    after(() => engine?.close());

    const page = (by: Order, after?: string, limit = 4, key?: string): Promise<KeysetPage<Item>> =>
      keysetPage(db.selectFrom('af_suite_items').selectAll(), {
        by,
        limit,
        after,
        ...(key !== undefined && { key }),
      });

    for (const [what, by] of Object.entries(orders)) {
      it(`give every row once, in order of ${what}`, async () => {
        for (const limit of [1, 4, 23]) {
          const found: Item[] = [];
          let after: string | undefined;
          do {
            const { rows, next } = await page(by, after, limit);
            assert.ok(rows.length <= limit);
            found.push(...rows);
            after = next;
          } while (after !== undefined);
          assert.deepEqual(found, sorted(by));
        }
      });
    }

    it('are not shifted by rows that come and go', async () => {
      const by = orders['one column']!;
      const first = await page(by);
      await db.deleteFrom('af_suite_items').where('id', '<=', 4).execute();
      const second = await page(by, first.next);
      await db.insertInto('af_suite_items').values(items.slice(0, 4)).execute();
      assert.deepEqual(
        second.rows.map(({ id }) => id),
        [5, 6, 7, 8],
      );
    });

    it('refuse a cursor that was changed, cut, made up or belongs to another order', async () => {
      const by = orders['three columns in different directions']!;
      const { next = '' } = await page(by);
      const swapped = `${next.slice(0, 30)}${next[30] === 'A' ? 'B' : 'A'}${next.slice(31)}`;
      const made = Buffer.from(JSON.stringify(['t0', 0, 0])).toString('base64url');
      for (const bad of [
        swapped,
        next.slice(0, -2),
        `${next}AA`,
        made,
        '',
        "'; DROP TABLE",
        'x'.repeat(5000),
      ])
        await assert.rejects(page(by, bad), (error) => isAgentFactoryError(error, 'AF_CURSOR_INVALID'), bad);
      await assert.rejects(page(orders['one column']!, next), (error) =>
        isAgentFactoryError(error, 'AF_CURSOR_INVALID'),
      );
      assert.equal((await page(by, next)).rows.length, 4);
    });

    it('refuse a cursor that was sealed with another key', async () => {
      const by = orders['one column']!;
      const { next } = await page(by, undefined, 4, 'key one');
      assert.equal((await page(by, next, 4, 'key one')).rows[0]?.id, 5);
      for (const key of ['key two', undefined])
        await assert.rejects(page(by, next, 4, key), (error) =>
          isAgentFactoryError(error, 'AF_CURSOR_INVALID'),
        );
    });

    it('refuse a limit out of bounds', async () => {
      for (const limit of [0, -1, 1.5, NaN, 201])
        await assert.rejects(page(orders['one column']!, undefined, limit), (error) =>
          isAgentFactoryError(error, 'AF_PAGE_INVALID'),
        );
    });

    it('refuse an order they could not go on from', async () => {
      const noField = keysetPage(db.selectFrom('af_suite_items').select('topic'), {
        by: [{ column: 'id' }],
        limit: 1,
      });
      await assert.rejects(
        noField,
        (error) => isAgentFactoryError(error, 'AF_PAGE_INVALID') && /Select id/.test(error.fix),
      );
      const nulls = page(
        [
          { column: 'due', direction: engine.storage.dialect === 'postgres' ? 'desc' : 'asc' },
          { column: 'id' },
        ],
        undefined,
        1,
      );
      await assert.rejects(
        nulls,
        (error) => isAgentFactoryError(error, 'AF_PAGE_INVALID') && /nullable/.test(error.fix),
      );
    });

    it('take big integers through a cursor', async () => {
      await engine.storage.execute('DELETE FROM af_suite_items');
      const ids = [2n ** 60n, 2n ** 60n + 1n, 2n ** 60n + 2n];
      for (const id of ids)
        await engine.storage.execute("INSERT INTO af_suite_items VALUES (?, 't', 0, 0)", [id]);
      const first = await page(orders['one column']!, undefined, 2);
      const second = await page(orders['one column']!, first.next, 2);
      assert.deepEqual(
        [...first.rows, ...second.rows].map(({ id }) => BigInt(id)),
        ids,
      );
    });
  });
}
