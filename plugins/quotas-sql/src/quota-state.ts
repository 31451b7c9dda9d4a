import {
  retryLocked,
  type ChangeCondition,
  type QuotaOverrides,
  type Sql,
  type SqlDatabase,
  type SqlStatement,
} from '@agent-factory/sdk/contracts';
import type { Periods } from './periods.ts';
import type { Counted } from './quota-kinds.ts';

/** What is written of a tenant, as of a moment. */
export interface QuotaState {
  readonly overrides: QuotaOverrides;
  readonly counted: Counted;
  /** Runs at once. */
  readonly places: number;
}

type Row = { readonly limits: string | null } & Readonly<Record<string, number | string | null>>;

const counts: readonly (readonly [column: string, period: 'day' | 'month', key: keyof Counted])[] = [
  ['day_runs', 'day', 'dayRuns'],
  ['day_tokens', 'day', 'dayTokens'],
  ['day_nano_usd', 'day', 'dayNanoUsd'],
  ['month_tokens', 'month', 'monthTokens'],
  ['month_nano_usd', 'month', 'monthNanoUsd'],
];
const number = 'CAST(? AS BIGINT)';
/** What is counted of another time is over. A clock that is behind those of others counts for their time. */
const current = (column: string, period: string): string =>
  `CASE WHEN ${period} >= ${number} THEN ${column} ELSE 0 END`;

const addText = [
  'UPDATE af_quotas_sql_state SET ',
  counts.map(([column, period]) => `${column} = ${current(column, period)} + ${number}`).join(', '),
  ...['day', 'month'].map(
    (period) => `, ${period} = CASE WHEN ${period} >= ${number} THEN ${period} ELSE ${number} END`,
  ),
  ' WHERE id = 1',
].join('');
const guardText = counts.map(([column, period]) => ` AND ${current(column, period)} < ${number}`).join('');

/** Adds to what is counted; with `most`, only where all of it is below, and else nothing may happen. */
export function addStatement(added: Counted, periods: Periods, most?: Counted): SqlStatement {
  const params = [
    ...counts.flatMap(([, period, key]) => [periods[period], added[key]]),
    periods.day,
    periods.day,
    periods.month,
    periods.month,
  ];
  if (!most) return { sql: addText, params };
  const limits = counts.flatMap(([, period, key]) => [periods[period], most[key]]);
  return { sql: addText + guardText, params: [...params, ...limits], changes: 1 };
}

/** Takes a place where there are fewer than `most`; the row of the state was changed before, so one does it at a time. */
export function takePlace(runId: string, most: number): SqlStatement {
  return {
    sql:
      'INSERT INTO af_quotas_sql_places (run_id) SELECT CAST(? AS TEXT)' +
      ` WHERE (SELECT COUNT(*) FROM af_quotas_sql_places) < ${number}`,
    params: [runId, most],
    changes: 1,
  };
}

/** Takes a place for a run that had one, however many there are. */
export function takePlaceAgain(runId: string): SqlStatement {
  return {
    sql: 'INSERT INTO af_quotas_sql_places (run_id) VALUES (?) ON CONFLICT DO NOTHING',
    params: [runId],
  };
}

/** Gives a place back. */
export function leavePlace(runId: string): SqlStatement {
  return { sql: 'DELETE FROM af_quotas_sql_places WHERE run_id = ?', params: [runId] };
}

/** Reads what is written of a tenant; makes the row where it is missing. */
export async function readState(database: SqlDatabase, periods: Periods): Promise<QuotaState> {
  const read = async (): Promise<Row | undefined> => {
    const [row] = await database.query<Row>(
      'SELECT s.*, (SELECT COUNT(*) FROM af_quotas_sql_places) AS places FROM af_quotas_sql_state AS s WHERE s.id = 1',
    );
    return row;
  };
  let row = await read();
  if (!row) {
    await makeRow(database);
    row = await read();
  }
  const of = (column: string): number => Number(row?.[column] ?? 0);
  const counted = Object.fromEntries(
    counts.map(([column, period, key]) => [key, of(period) >= periods[period] ? of(column) : 0]),
  );
  return {
    overrides: overridesOf(row),
    counted: counted as Counted & typeof counted, // every key of it is in the list
    places: of('places'),
  };
}

/** Writes what the operator set, if the condition holds for what was set before. */
export function writeOverrides(
  database: SqlDatabase,
  tenant: string,
  overrides: QuotaOverrides,
  { check }: ChangeCondition<QuotaOverrides>,
): Promise<void> {
  const text = Object.keys(overrides).length > 0 ? JSON.stringify(overrides) : null;
  // Runs change the row too: what they use is counted in it.
  return retryLocked(database, () =>
    database.transaction(async (tx) => {
      await tx.lock(`quotas-sql:${tenant}`);
      await makeRow(tx);
      const [row] = await tx.query<Pick<Row, 'limits'>>(
        'SELECT limits FROM af_quotas_sql_state WHERE id = 1',
      );
      check?.(overridesOf(row));
      await tx.execute('UPDATE af_quotas_sql_state SET limits = ? WHERE id = 1', [text]);
    }),
  );
}

function overridesOf(row: Pick<Row, 'limits'> | undefined): QuotaOverrides {
  return row?.limits ? (JSON.parse(row.limits) as QuotaOverrides) : {}; // written above
}

async function makeRow(database: Sql): Promise<void> {
  await database.execute(
    'INSERT INTO af_quotas_sql_state (id, day, month, day_runs, day_tokens, day_nano_usd, month_tokens,' +
      ' month_nano_usd) VALUES (1, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING',
  );
}
