import type { SqlDatabase, SqlValue, TenantAnalytics } from '@agent-factory/sdk/contracts';
import { hourMs, sumColumns, tookColumns, type CountKind } from './counts.ts';
import { errors } from './errors.ts';
import { durationsOf, type Durations } from './durations.ts';

/** Spans of time that are counted together. */
export type Step = 'hour' | 'day' | 'all';

/** What counts are told apart by. */
export type GroupBy = 'name' | 'source' | 'outcome' | 'code';

/** A question. */
export interface TelemetryQuery {
  readonly kind: CountKind;
  /** From this moment on, and before that one; milliseconds since the epoch. Whole hours count. */
  readonly from: number;
  readonly to: number;
  readonly by: Step;
  readonly group: readonly GroupBy[];
  /** Only those. */
  readonly name?: string | undefined;
  readonly source?: string | undefined;
  readonly outcome?: string | undefined;
}

/** What is counted together. */
export interface TelemetryRow {
  /** Beginning of the hour or the day (UTC); left out by `all`. */
  readonly at?: number;
  readonly name?: string;
  readonly source?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly count: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  /** Left out where nothing of it took time. */
  readonly durations?: Durations;
}

/** What a tenant did in a day, without what its things are called. */
export interface TenantTotals {
  readonly tenant: string;
  readonly kind: CountKind;
  readonly outcome: string;
  readonly count: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
}

const dayMs = 24 * hourMs;
const mostRows = 5000;
/** Days that can be asked for at once. */
const mostDays: Readonly<Record<Step, number>> = { hour: 31, day: 800, all: 800 };

type Sums = Readonly<Record<string, number | bigint>>;

const sums = sumColumns.map((column) => `CAST(SUM(${column}) AS BIGINT) AS ${column}`).join(', ');

/** Throws AF_TELEMETRY_RANGE_INVALID. */
export function checkRange({ from, to, by }: Pick<TelemetryQuery, 'from' | 'to' | 'by'>): void {
  const days = mostDays[by];
  if (from >= to) throw errors.AF_TELEMETRY_RANGE_INVALID({ reason: 'it ends before it begins', days, by });
  if (to - from > days * dayMs)
    throw errors.AF_TELEMETRY_RANGE_INVALID({ reason: `it is longer than ${days} days`, days, by });
}

/** Counts of one tenant, in the order of time. AF_TELEMETRY_RANGE_INVALID, AF_TELEMETRY_TOO_MUCH. */
export async function queryTelemetry(
  database: SqlDatabase,
  query: TelemetryQuery,
): Promise<readonly TelemetryRow[]> {
  checkRange(query);
  const { kind, by, group } = query;
  const conditions = ['kind = ?', 'hour >= ?', 'hour < ?'];
  const params: SqlValue[] = [kind, ...hoursOf(query)];
  for (const column of ['name', 'source', 'outcome'] as const) {
    const wanted = query[column];
    if (wanted === undefined) continue;
    conditions.push(`${column} = ?`);
    params.push(wanted);
  }
  const at = { hour: 'hour', day: `hour - hour % ${dayMs}`, all: undefined }[by];
  const keys = [...(at === undefined ? [] : [`${at} AS at`]), ...group];
  const grouped = keys.length > 0 ? ` GROUP BY ${keys.map((_key, index) => index + 1).join(', ')}` : '';
  const rows = await database.query<Sums & Partial<Record<GroupBy, string>>>(
    `SELECT ${[...keys, sums].join(', ')} FROM af_telemetry_sql_hours WHERE ${conditions.join(' AND ')}${grouped}` +
      ` HAVING SUM(n) > 0${keys.length > 0 ? ` ORDER BY ${keys.map((_key, index) => index + 1).join(', ')}` : ''}` +
      ` LIMIT ${mostRows + 1}`,
    params,
  );
  if (rows.length > mostRows) throw errors.AF_TELEMETRY_TOO_MUCH({ most: mostRows });
  return rows.map((row) => {
    const durations = durationsOf(
      tookColumns.map((column) => Number(row[column])),
      Number(row['duration_ms']),
    );
    return {
      ...(by !== 'all' && { at: Number(row['at']) }),
      ...Object.fromEntries(group.map((column) => [column, row[column]])),
      ...countsOf(row),
      ...(durations && { durations }),
    };
  });
}

/** Counts of every tenant. They are as of the last look at each journal. */
export async function queryTotals(
  analytics: TenantAnalytics,
  range: Pick<TelemetryQuery, 'from' | 'to'>,
): Promise<readonly TenantTotals[]> {
  checkRange({ ...range, by: 'all' });
  const rows = await analytics.query<Sums & { tenant: string; kind: CountKind; outcome: string }>(
    `SELECT {{tenant.id}} AS tenant, kind, outcome, ${sums} FROM af_telemetry_sql_hours` +
      ' WHERE hour >= ? AND hour < ? GROUP BY 1, 2, 3',
    hoursOf(range),
  );
  if (rows.length > mostRows) throw errors.AF_TELEMETRY_TOO_MUCH({ most: mostRows });
  const order = ({ tenant, kind, outcome }: TenantTotals): string => `${tenant} ${kind} ${outcome}`;
  return rows
    .map((row) => ({ tenant: row.tenant, kind: row.kind, outcome: row.outcome, ...countsOf(row) }))
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** The whole hours in which a time begins and before which it ends. */
function hoursOf({ from, to }: Pick<TelemetryQuery, 'from' | 'to'>): readonly [number, number] {
  return [Math.floor(from / hourMs) * hourMs, Math.ceil(to / hourMs) * hourMs];
}

function countsOf(row: Sums): Pick<TelemetryRow, 'count' | 'inputTokens' | 'outputTokens' | 'costNanoUsd'> {
  return {
    count: Number(row['n']),
    inputTokens: Number(row['input_tokens']),
    outputTokens: Number(row['output_tokens']),
    costNanoUsd: Number(row['cost_nano_usd']),
  };
}
