import assert from 'node:assert/strict';
import { sql, type Kysely } from 'kysely';
import { isAgentFactoryError, type ErrorCode } from '@agent-factory/sdk';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sqlEngines, type SqlEngine } from '../support/sql-engines.ts';

interface Tables {
  af_suite_notes: { id: string; topic: string; stars: number; body: Uint8Array | null };
}

const up = (bytes: string): string =>
  `CREATE TABLE af_suite_notes (id TEXT PRIMARY KEY, topic TEXT NOT NULL, stars BIGINT NOT NULL, body ${bytes})`;

const hasCode = (code: ErrorCode) => (error: unknown) => isAgentFactoryError(error, code);

for (const [name, open] of sqlEngines) {
  describe(`the query builder on ${name}`, () => {
    let engine: SqlEngine;
    let db: Kysely<Tables>;
    before(async function () {
      this.timeout(60_000);
      engine = await open();
      db = queryBuilder<Tables>(engine.storage);
      const bytes = engine.storage.dialect === 'postgres' ? 'BYTEA' : 'BLOB';
      await engine.storage.migrate('suite', [
        { version: 1, name: 'create-notes', up: up(bytes), down: 'DROP TABLE af_suite_notes' },
      ]);
    });
    beforeEach(async () => {
      await db.deleteFrom('af_suite_notes').execute();
      const notes = ['a', 'b', 'c'].map((id, index) => ({ id, topic: 'moon?', stars: index, body: null }));
      await db.insertInto('af_suite_notes').values(notes).execute();
    });
    after(() => engine?.close());

    it('reads what it wrote, with values apart from the text', async () => {
      const body = new Uint8Array([0, 255]);
      await db
        .insertInto('af_suite_notes')
        .values({ id: "it's ?", topic: '$1', stars: 2 ** 53 - 1, body })
        .execute();
      const row = await db
        .selectFrom('af_suite_notes')
        .selectAll()
        .where('id', '=', "it's ?")
        .where('topic', 'in', ['$1', 'other'])
        .executeTakeFirstOrThrow();
      assert.deepEqual(
        { ...row, body: Uint8Array.from(row.body ?? []) },
        { id: "it's ?", topic: '$1', stars: 2 ** 53 - 1, body },
      );
    });

    it('leaves a question mark inside a text of the statement alone', async () => {
      const rows = await db
        .selectFrom('af_suite_notes')
        .select(['id', sql.lit('why?').as('why')])
        .where('stars', '>', 1)
        .execute();
      assert.deepEqual(rows, [{ id: 'c', why: 'why?' }]);
    });

    it('says how many rows a change met', async () => {
      const inserted = await db
        .insertInto('af_suite_notes')
        .values({ id: 'd', topic: 't', stars: 0, body: null })
        .execute();
      assert.equal(inserted[0]?.numInsertedOrUpdatedRows, 1n);
      const updated = await db
        .updateTable('af_suite_notes')
        .set({ stars: 9 })
        .where('topic', '=', 'moon?')
        .executeTakeFirst();
      assert.equal(updated.numUpdatedRows, 3n);
      const removed = await db.deleteFrom('af_suite_notes').where('stars', '=', 9).executeTakeFirst();
      assert.equal(removed.numDeletedRows, 3n);
      const nothing = await db.deleteFrom('af_suite_notes').where('id', '=', 'absent').executeTakeFirst();
      assert.equal(nothing.numDeletedRows, 0n);
    });

    it('gives back what a change returns', async () => {
      const [row] = await db
        .updateTable('af_suite_notes')
        .set({ stars: 7 })
        .where('id', '=', 'b')
        .returning(['id', 'stars'])
        .execute();
      assert.deepEqual(row, { id: 'b', stars: 7 });
    });

    it('leaves a row that is there alone on conflict', async () => {
      const result = await db
        .insertInto('af_suite_notes')
        .values({ id: 'a', topic: 'new', stars: 0, body: null })
        .onConflict((on) => on.doNothing())
        .executeTakeFirst();
      assert.equal(result.numInsertedOrUpdatedRows, 0n);
    });

    it('joins, groups and counts', async () => {
      const [row] = await db
        .selectFrom('af_suite_notes as n')
        .innerJoin('af_suite_notes as m', 'm.topic', 'n.topic')
        .select((eb) => ['n.topic', eb.fn.countAll<number>().as('pairs')])
        .groupBy('n.topic')
        .execute();
      assert.deepEqual(row, { topic: 'moon?', pairs: 9 });
    });

    it('runs statements written by hand', async () => {
      const { rows } = await sql<{
        id: string;
      }>`SELECT id FROM af_suite_notes WHERE stars >= ${1} ORDER BY id`.execute(db);
      assert.deepEqual(rows, [{ id: 'b' }, { id: 'c' }]);
    });

    it('refuses booleans, dates and undefined as the storage does', async () => {
      for (const value of [true, new Date(0), undefined, NaN]) {
        // What the types forbid is what this test is about.
        const query = db
          .selectFrom('af_suite_notes')
          .select('id')
          .where('stars', '=', value as number);
        await assert.rejects(query.execute(), hasCode('AF_STORAGE_PARAMETER_INVALID'));
      }
    });

    it('commits and rolls back a transaction of the storage', async () => {
      const stars = await withTransaction(engine.storage, async (tx: Kysely<Tables>, { lock }) => {
        await lock('notes');
        await tx.updateTable('af_suite_notes').set({ stars: 5 }).execute();
        return (await tx.selectFrom('af_suite_notes').select('stars').executeTakeFirstOrThrow()).stars;
      });
      assert.equal(stars, 5);
      const undone = withTransaction(engine.storage, async (tx: Kysely<Tables>) => {
        await tx.deleteFrom('af_suite_notes').execute();
        throw new Error('changed my mind');
      });
      await assert.rejects(undone, /changed my mind/);
      assert.equal((await db.selectFrom('af_suite_notes').select('id').execute()).length, 3);
    });

    it('refuses the outer builder inside a transaction, and a builder whose transaction is over', async () => {
      const inside = withTransaction(engine.storage, () =>
        db.selectFrom('af_suite_notes').select('id').execute(),
      );
      await assert.rejects(inside, hasCode('AF_STORAGE_NESTED'));
      const kept = await withTransaction(
        engine.storage,
        async (tx: Kysely<Tables>) => () => tx.selectFrom('af_suite_notes').selectAll().execute(),
      );
      await assert.rejects(kept(), hasCode('AF_STORAGE_TRANSACTION_OVER'));
    });

    it('refuses what is not its business, and says where to go', async () => {
      const uses: readonly (() => Promise<unknown>)[] = [
        () => db.transaction().execute(async () => undefined),
        () => db.startTransaction().execute(),
        () => db.schema.dropTable('af_suite_notes').execute(),
        () => db.introspection.getTables(),
        async () => {
          for await (const row of db.selectFrom('af_suite_notes').selectAll().stream()) return row;
        },
      ];
      for (const use of uses) await assert.rejects(async () => use(), hasCode('AF_SQL_REFUSED'));
      await assert.rejects(
        uses[0]!,
        (error) => isAgentFactoryError(error) && /withTransaction/.test(error.fix),
      );
      assert.equal((await db.selectFrom('af_suite_notes').select('id').execute()).length, 3);
    });

    it('is the same builder for the same database', () => {
      assert.equal(queryBuilder(engine.storage), queryBuilder(engine.storage));
    });
  });
}
