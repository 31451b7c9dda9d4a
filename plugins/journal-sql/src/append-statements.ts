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
const addEvents = (rows: number): string =>
  'INSERT INTO af_journal_sql_events (run_id, seq, type, at, data, hash) VALUES ' +
  Array.from({ length: rows }, () => eventRow).join(', ');
/**
 * How many rows one statement adds: few sizes, largest first, so that each stays prepared. On SQLite each statement
 * costs; a PostgreSQL driver joins them itself.
 */
const sizes: Readonly<Record<SqlDialect, readonly number[]>> = { sqlite: [32, 8, 4, 2, 1], postgres: [1] };
const addText: ReadonlyMap<number, string> = new Map(sizes.sqlite.map((rows) => [rows, addEvents(rows)]));

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
  eventStatements(appends, sizes[dialect], statements);
  for (const { append } of appends) statements.push(...append.along);
  return statements;
}

function eventStatements(
  appends: readonly SealedAppend[],
  sizesOf: readonly number[],
  statements: SqlStatement[],
): void {
  let rest = 0;
  for (const { append } of appends) rest += append.events.length;
  let size = 0;
  let params: SqlValue[] = [];
  for (const { append, hashes } of appends)
    for (let index = 0; index < hashes.length; index++) {
      if (params.length === 0) size = sizesOf.find((each) => each <= rest) ?? 1;
      const { seq, type, at, data } = append.events[index] as StoredEvent; // each has its hash
      params.push(append.runId, seq, type, at, data, hashes[index] as string); // within bounds
      if (params.length < size * columns) continue;
      statements.push({ sql: addText.get(size) ?? addEvents(size), params });
      params = [];
      rest -= size;
    }
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
