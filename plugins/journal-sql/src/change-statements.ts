import { databaseNow, type SqlDialect, type SqlStatement, type SqlValue } from '@agent-factory/sdk/contracts';
import type { SealedAppend } from './event-chain.ts';
import { isUnfinished } from './unfinished.ts';

/** The texts for one engine. */
interface Texts {
  readonly advance: string;
  readonly end: string;
}

const guard = `WHERE id = ? AND last_seq = ? AND fence = ? AND owner IS NOT DISTINCT FROM ? AND ${isUnfinished}`;

function textsFor(dialect: SqlDialect): Texts {
  return {
    advance:
      'UPDATE af_journal_sql_runs SET status = ?, last_seq = ?, hash = ?,' +
      ` lease_until = ${databaseNow(dialect)} + CAST(? AS BIGINT), wake_at = ?, run = ? ${guard}`,
    end:
      'UPDATE af_journal_sql_runs SET status = ?, last_seq = ?, hash = ?, outcome = ?, owner = NULL,' +
      ` lease_until = NULL, wake_at = NULL, run = ? ${guard}`,
  };
}

const texts: Readonly<Record<SqlDialect, Texts>> = {
  sqlite: textsFor('sqlite'),
  postgres: textsFor('postgres'),
};

/**
 * Many rows in one statement, for a server, to which each statement costs more than its row. "This" is true of all of
 * them, and there so that the server expects few: then it looks each up by its id, also when it plans while the table
 * is empty, and never reads all of the table. The time is taken once.
 */
const together: Texts = (() => {
  const from =
    ' FROM json_to_recordset(CAST(? AS json)) AS g(this int, id text, before bigint, fence bigint, owner text,' +
    ' status text, last_seq bigint, hash text, ttl_ms bigint, wake_at bigint,' +
    ' run text)';
  const where =
    ' WHERE g.this = 1 AND r.id = g.id AND r.last_seq = g.before AND r.fence = g.fence' +
    ` AND r.owner IS NOT DISTINCT FROM g.owner AND ${isUnfinished}`;
  const set =
    'UPDATE af_journal_sql_runs AS r SET status = g.status, last_seq = g.last_seq, hash = g.hash,' +
    ' run = g.run';
  return {
    advance: `${set}, lease_until = ${databaseNow('postgres')} + g.ttl_ms, wake_at = g.wake_at${from}${where}`,
    end: `${set}, outcome = g.status, owner = NULL, lease_until = NULL, wake_at = NULL${from}${where}`,
  };
})();

/** Rows of one statement on SQLite, where a statement costs about as much as the row it changes; the largest first. */
const rowsOfValues = [16, 4] as const;

/** Many rows in one statement on SQLite. */
const valuesTexts: ReadonlyMap<number, Texts> = new Map(
  rowsOfValues.map((rows) => {
    const valuesOf = (columns: number): string => {
      const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
      return ` FROM (VALUES ${Array.from({ length: rows }, () => row).join(', ')}) AS g`;
    };
    const where =
      ' WHERE r.id = g.column1 AND r.last_seq = g.column2 AND r.fence = g.column3' +
      ` AND r.owner IS NOT DISTINCT FROM g.column4 AND ${isUnfinished}`;
    // A batch that fails is undone as a whole, so that no page need be kept as it was before this statement.
    const set =
      'UPDATE OR FAIL af_journal_sql_runs AS r SET status = g.column5, last_seq = g.column6, hash = g.column7,' +
      ' run = g.column8';
    return [
      rows,
      {
        advance: `${set}, lease_until = ${databaseNow('sqlite')} + g.column9, wake_at = g.column10${valuesOf(10)}${where}`,
        end: `${set}, outcome = g.column5, owner = NULL, lease_until = NULL, wake_at = NULL${valuesOf(8)}${where}`,
      },
    ];
  }),
);

/** Fewer are written one by one. */
const fewestTogether = 4;

/** Adds what brings the rows of runs up to date. */
export function changeStatements(
  dialect: SqlDialect,
  changed: readonly SealedAppend[],
  statements: SqlStatement[],
): void {
  if (changed.length < fewestTogether || !areDistinct(changed)) {
    for (const sealed of changed) statements.push(changeOne(dialect, sealed));
    return;
  }
  for (const kind of ['advance', 'end'] as const) {
    const some = changed.filter(({ append }) => (append.outcome === null) === (kind === 'advance'));
    if (dialect === 'sqlite') changeInValues(kind, some, statements);
    else if (some.length > 0) statements.push(changeMany(together[kind], some));
  }
}

/** One statement changes a row once. */
function areDistinct(changed: readonly SealedAppend[]): boolean {
  return new Set(changed.map(({ append }) => append.runId)).size === changed.length;
}

function changeInValues(
  kind: keyof Texts,
  changed: readonly SealedAppend[],
  statements: SqlStatement[],
): void {
  let at = 0;
  for (const [rows, texts] of valuesTexts)
    for (; at + rows <= changed.length; at += rows) {
      const params: SqlValue[] = [];
      for (let index = at; index < at + rows; index++) {
        const { append, head } = changed[index] as SealedAppend; // within bounds
        const { runId, before, fence, owner, status, lastSeq, run } = append;
        params.push(runId, before, fence, owner, status, lastSeq, head.hash, run);
        if (kind === 'advance') params.push(append.ttlMs, append.wakeAt);
      }
      statements.push({ sql: texts[kind], params, changes: rows });
    }
  for (; at < changed.length; at++) statements.push(changeOne('sqlite', changed[at] as SealedAppend)); // within bounds
}

function changeMany(sql: string, changed: readonly SealedAppend[]): SqlStatement {
  const rows = changed.map(({ append, head }) => {
    const { runId, before, fence, owner, status, lastSeq, ttlMs, wakeAt, run } = append;
    return {
      this: 1,
      id: runId,
      before,
      fence,
      owner,
      status,
      last_seq: lastSeq,
      hash: head.hash,
      ttl_ms: ttlMs,
      wake_at: wakeAt,
      // As a string: the server reads no escapes in it that no text can hold.
      run,
    };
  });
  return { sql, params: [JSON.stringify(rows)], changes: changed.length };
}

function changeOne(dialect: SqlDialect, { append, head }: SealedAppend): SqlStatement {
  const { runId, before, lastSeq, status, outcome, owner, fence, ttlMs, wakeAt, run } = append;
  const guarded = [run, runId, before, fence, owner];
  return outcome === null
    ? {
        sql: texts[dialect].advance,
        params: [status, lastSeq, head.hash, ttlMs, wakeAt, ...guarded],
        changes: 1,
      }
    : { sql: texts[dialect].end, params: [status, lastSeq, head.hash, outcome, ...guarded], changes: 1 };
}
