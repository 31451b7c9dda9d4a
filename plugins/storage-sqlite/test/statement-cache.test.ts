import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { createStatementCache, plannedOnce, readRows } from '../src/statement-cache.ts';

describe('statements of SQLite', () => {
  it('hide values that columns are compared with from the planner, and nothing else', () => {
    for (const [sql, expected] of [
      [
        'SELECT 1 FROM t WHERE a = ? AND b=? ORDER BY c LIMIT ?',
        'SELECT 1 FROM t WHERE a = +? AND b=+? ORDER BY c LIMIT ?',
      ],
      [
        'SELECT \'= ?\', "a = ?" FROM t -- b = ?\nWHERE c = ?',
        'SELECT \'= ?\', "a = ?" FROM t -- b = ?\nWHERE c = +?',
      ],
      ["SELECT /* = ? */ 'it''s = ?' WHERE a = ?1", "SELECT /* = ? */ 'it''s = ?' WHERE a = ?1"],
      ['UPDATE t SET a = ? WHERE b > ? AND c LIKE ?', 'UPDATE t SET a = +? WHERE b > ? AND c LIKE ?'],
    ] as const)
      assert.equal(plannedOnce(sql), expected);
  });

  it('find by every kind of value what they found before', () => {
    const database = new Database(':memory:');
    const statements = createStatementCache(database);
    database.exec('CREATE TABLE t (a, n INTEGER, x TEXT COLLATE NOCASE)');
    const values = ['7', 7, 7.5, null, Buffer.from('7'), 2n ** 60n, ''];
    for (const value of values) {
      database.exec('DELETE FROM t');
      readRows(statements.get('INSERT INTO t (a, n, x) VALUES (?, ?, ?)'), [value, 7, 'Seven']);
      readRows(statements.get('UPDATE t SET a = ? WHERE n = ?'), [value, '7']);
      const sql = 'SELECT typeof(a) AS type, n FROM t WHERE a = ?';
      assert.deepEqual(readRows(statements.get(sql), [value]), database.prepare(sql).all(value));
    }
    assert.equal(readRows(statements.get('SELECT 1 FROM t WHERE x = ?'), ['sEVEN']).length, 1);
    assert.equal(readRows(statements.get('SELECT 1 FROM t WHERE n = ?'), ['7']).length, 1);
    database.close();
  });
});
