import assert from 'node:assert/strict';
import type { Kysely } from 'kysely';
import { isAgentFactoryError, type Json } from '@agent-factory/sdk';
import {
  booleanColumn,
  decimalColumn,
  decodeRow,
  encodeColumns,
  epochColumn,
  jsonColumn,
  jsonNumber,
  jsonText,
  nullableColumn,
  queryBuilder,
} from '@agent-factory/sdk/sql';
import { sqlEngines, type SqlEngine } from '../support/sql-engines.ts';

interface Tables {
  af_suite_facts: { id: number; done: number; at: number; price: string; meta: string; ended: number | null };
}

const codecs = {
  done: booleanColumn,
  at: epochColumn,
  price: decimalColumn,
  meta: jsonColumn(),
  ended: nullableColumn(epochColumn),
};

const up = `CREATE TABLE af_suite_facts (
  id BIGINT PRIMARY KEY, done BIGINT NOT NULL, at BIGINT NOT NULL, price TEXT NOT NULL, meta TEXT NOT NULL, ended BIGINT
)`;

for (const [name, open] of sqlEngines) {
  describe(`columns on ${name}`, () => {
    let engine: SqlEngine;
    let db: Kysely<Tables>;
    before(async function () {
      this.timeout(60_000);
      engine = await open();
      db = queryBuilder<Tables>(engine.storage);
      const down = 'DROP TABLE af_suite_facts';
      await engine.storage.migrate('suite', [{ version: 1, name: 'create-facts', up, down }]);
    });
    beforeEach(() => db.deleteFrom('af_suite_facts').execute());
    after(() => engine?.close());

    const keep = async (id: number, meta: Json): Promise<void> => {
      const fact = { done: true, at: new Date(1), price: '1', meta, ended: null };
      await db
        .insertInto('af_suite_facts')
        .values({ id, ...encodeColumns(codecs, fact) })
        .execute();
    };

    it('give back what was encoded', async () => {
      const facts = [
        {
          done: true,
          at: new Date(0),
          price: '-12.50',
          meta: { a: ['✓ "quoted"', 1.5, null, true] },
          ended: null,
        },
        {
          done: false,
          at: new Date(8.64e15),
          price: '123456789012345678901234567890.10',
          meta: null,
          ended: new Date(-1),
        },
      ];
      for (const [id, fact] of facts.entries())
        await db
          .insertInto('af_suite_facts')
          .values({ id, ...encodeColumns(codecs, fact) })
          .execute();
      const rows = await db.selectFrom('af_suite_facts').selectAll().orderBy('id').execute();
      const decoded = rows.map((row) => decodeRow(codecs, row));
      assert.deepEqual(
        decoded,
        facts.map((fact, id) => ({ id, ...fact })),
      );
      const at: Date | undefined = decoded[0]?.at;
      assert.equal(at?.getTime(), 0);
    });

    it('read a path of a JSON column as text', async () => {
      const meta = {
        s: "it's ✓",
        n: 1.5,
        i: 7,
        t: true,
        f: false,
        z: null,
        o: { k: [1, 'x'] },
        'odd ?.key': 'odd',
        big: 1e21,
      };
      await keep(1, meta);
      const { dialect } = engine.storage;
      const read = async (...path: (string | number)[]): Promise<string | null | undefined> =>
        (
          await db
            .selectFrom('af_suite_facts')
            .select((eb) => jsonText(dialect, eb.ref('meta'), path).as('v'))
            .executeTakeFirst()
        )?.v;
      assert.deepEqual(
        [
          await read('s'),
          await read('n'),
          await read('i'),
          await read('t'),
          await read('f'),
          await read('big'),
        ],
        ["it's ✓", '1.5', '7', 'true', 'false', '1e+21'],
      );
      assert.deepEqual(
        [await read('z'), await read('absent'), await read('o', 'absent'), await read('s', 'x')],
        [null, null, null, null],
      );
      assert.deepEqual(
        [await read('o'), await read('o', 'k', 0), await read('o', 'k', 1), await read('odd ?.key')],
        ['{"k":[1,"x"]}', '1', 'x', 'odd'],
      );
    });

    it('find rows by a path of a JSON column', async () => {
      for (const [id, meta] of [{ n: 5, s: 'a' }, { n: '5' }, { n: 6.5 }, {}, [1]].entries())
        await keep(id, meta);
      const { dialect } = engine.storage;
      const above = await db
        .selectFrom('af_suite_facts')
        .select((eb) => ['id', jsonNumber(dialect, eb.ref('meta'), ['n']).as('n')])
        .where((eb) => eb(jsonNumber(dialect, eb.ref('meta'), ['n']), '>', 4))
        .orderBy('id')
        .execute();
      assert.deepEqual(above, [
        { id: 0, n: 5 },
        { id: 2, n: 6.5 },
      ]);
      const equal = await db
        .selectFrom('af_suite_facts')
        .select('id')
        .where((eb) => eb(jsonText(dialect, eb.ref('meta'), ['s']), '=', 'a'))
        .execute();
      assert.deepEqual(equal, [{ id: 0 }]);
    });

    it('fail with a code where a row holds no JSON', async () => {
      await keep(1, {});
      await db.updateTable('af_suite_facts').set({ meta: 'no JSON' }).execute();
      const { dialect } = engine.storage;
      const read = db
        .selectFrom('af_suite_facts')
        .select((eb) => jsonText(dialect, eb.ref('meta'), ['a']).as('a'));
      await assert.rejects(read.execute(), (error) =>
        isAgentFactoryError(error, 'AF_STORAGE_STATEMENT_INVALID'),
      );
    });
  });
}

describe('column codecs', () => {
  const refused = (work: () => unknown, column: string): void => {
    assert.throws(
      work,
      (error) => isAgentFactoryError(error, 'AF_COLUMN_INVALID') && error.message.includes(column),
    );
  };

  it('refuse to store what the column cannot hold, naming the column', () => {
    refused(() => encodeColumns({ at: epochColumn }, { at: new Date(NaN) }), 'column at');
    for (const price of ['1,5', '1e5', '.5', '01', '', 'NaN'])
      refused(() => encodeColumns({ price: decimalColumn }, { price }), 'column price');
    // What the types forbid is what these two are about.
    refused(() => booleanColumn.encode(1 as unknown as boolean), 'a column');
    refused(() => jsonColumn().encode(undefined as unknown as null), 'a column');
  });

  it('refuse to decode what they never wrote', () => {
    for (const done of [2, '1', null])
      refused(() => decodeRow({ done: booleanColumn }, { done }), 'column done');
    refused(() => decodeRow({ meta: jsonColumn() }, { meta: '{' }), 'column meta');
    refused(() => decodeRow({ at: epochColumn }, { at: '0' }), 'column at');
    refused(() => decodeRow({ at: epochColumn }, { at: 2n ** 60n }), 'column at');
  });

  it('leave columns without a codec, and codecs without a column, alone', () => {
    assert.deepEqual(decodeRow({ done: booleanColumn, absent: epochColumn }, { id: 1, done: 0 }), {
      id: 1,
      done: false,
    });
  });
});

describe('a path into a JSON column', () => {
  it('is refused where engines would read it differently', () => {
    const column = queryBuilder({
      dialect: 'sqlite',
      query: async () => [],
      execute: async () => ({ changes: 0 }),
    }).dynamic.ref('c');
    for (const path of [[], ['a"b'], ['a\\b'], ['a\nb'], [-1], [1.5]])
      assert.throws(
        // A dynamic reference stands for any column here.
        () => jsonText('sqlite', column as never, path),
        (error) => isAgentFactoryError(error, 'AF_SQL_PATH_INVALID'),
        JSON.stringify(path),
      );
  });
});
