import { databaseNow, type SqlDialect, type SqlStatement, type SqlValue } from '@agent-factory/sdk/contracts';
import { changeStatements } from './change-statements.ts';
import type { SealedAppend } from './event-chain.ts';
import type { RunBeginning, StoredEvent } from './prepared-append.ts';

function beginText(dialect: SqlDialect): string {
  // A run that nobody owns has no end of a lease either: now and nothing are nothing.
  const leaseEnd = `${databaseNow(dialect)} + CAST(? AS BIGINT)`;
  return (
    'INSERT INTO af_journal_sql_runs (id, subject, status, outcome, idempotency_key, created_at, last_seq, hash,' +
    ` owner, fence, lease_until, wake_at, request, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${leaseEnd}, ?, ?, ?)`
  );
}

const begin: Readonly<Record<SqlDialect, string>> = {
  sqlite: beginText('sqlite'),
  postgres: beginText('postgres'),
};
const eventRow = '(?, ?, ?, ?, ?, ?)';
const columns = 6;
/** A statement that adds this many events. */
interface AddText {
  readonly rows: number;
  readonly sql: string;
}

/**
 * Few sizes, the largest first, so that each stays prepared. On SQLite each statement costs, and it need not keep pages
 * as they were before one, since a batch that fails is undone as a whole; a PostgreSQL driver joins rows itself.
 */
const addTexts: Readonly<Record<SqlDialect, readonly AddText[]>> = {
  sqlite: [32, 8, 4, 2, 1].map((rows) => addText('INSERT OR FAIL', rows)),
  postgres: [addText('INSERT', 1)],
};

function addText(verb: string, rows: number): AddText {
  const values = Array.from({ length: rows }, () => eventRow).join(', ');
  return {
    rows,
    sql: `${verb} INTO af_journal_sql_events (run_id, seq, type, at, data, hash) VALUES ${values}`,
  };
}

/**
 * What writes the appends. A run's row is the guard: it must stand where the append follows on it, under the same
 * lease, else the batch is undone. Statements of one kind follow one another, so that an engine can take many rows of
 * them at once.
 */
export function appendStatements(
  dialect: SqlDialect,
  appends: readonly SealedAppend[],
): readonly SqlStatement[] {
  const statements: SqlStatement[] = [];
  const changed: SealedAppend[] = [];
  for (const sealed of appends) {
    const { beginning } = sealed.append;
    if (beginning === undefined) changed.push(sealed);
    else statements.push({ sql: begin[dialect], params: beginParams(sealed, beginning) });
  }
  changeStatements(dialect, changed, statements);
  eventStatements(appends, addTexts[dialect], statements);
  for (const { append } of appends) statements.push(...append.along);
  return statements;
}

function eventStatements(
  appends: readonly SealedAppend[],
  texts: readonly AddText[],
  statements: SqlStatement[],
): void {
  let rest = 0;
  for (const { append } of appends) rest += append.events.length;
  let params: SqlValue[] = [];
  let text = largest(texts, rest);
  for (const { append, hashes } of appends)
    for (let index = 0; index < hashes.length; index++) {
      const { seq, type, at, data } = append.events[index] as StoredEvent; // each has its hash
      params.push(append.runId, seq, type, at, data, hashes[index] as string); // within bounds
      if (params.length < text.rows * columns) continue;
      statements.push({ sql: text.sql, params });
      params = [];
      rest -= text.rows;
      text = largest(texts, rest);
    }
}

/** The largest that is full; the last has one row. */
function largest(texts: readonly AddText[], rest: number): AddText {
  return texts.find(({ rows }) => rows <= rest) ?? (texts.at(-1) as AddText); // there is one
}

function beginParams(
  { append, head }: SealedAppend,
  { subject, key, createdAt, request }: RunBeginning,
): NonNullable<SqlStatement['params']> {
  const { runId, lastSeq, status, outcome, owner, fence, ttlMs, wakeAt, run } = append;
  // A run that begins and ends in one append has no owner left.
  const lease = outcome === null ? [owner, fence, ttlMs] : [null, fence, null];
  return [
    runId,
    subject,
    status,
    outcome,
    key,
    createdAt,
    lastSeq,
    head.hash,
    ...lease,
    wakeAt,
    request,
    run,
  ];
}
