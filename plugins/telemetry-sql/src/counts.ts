import type { SqlStatement, SqlValue } from '@agent-factory/sdk/contracts';

/** What is counted. */
export type CountKind = 'run' | 'model' | 'tool' | 'guardrail';

/** What one thing that happened is counted under. */
interface CountKey {
  /** Beginning of the hour in which it ended, in milliseconds since the epoch. */
  readonly hour: number;
  readonly kind: CountKind;
  /** Of the agent, workflow or router; of the model, the tool or the guardrail. */
  readonly name: string;
  /** The kind of what ran, the provider of the model, the stage of the guardrail; nothing for tools. */
  readonly source: string;
  readonly outcome: string;
  /** Of the error or the objection; nothing where it went well. */
  readonly code: string;
}

/** What happened. */
export interface Happening extends CountKey {
  readonly durationMs?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costNanoUsd?: number;
}

export const hourMs = 3_600_000;

/** Upper bounds of how long things took, in milliseconds; there is one more place for what took longer. */
export const tookBounds: readonly number[] = [100, 500, 2500, 10_000, 60_000, 300_000, 3_600_000];

/** Columns for how long things took. */
export const tookColumns: readonly string[] = [...tookBounds, Infinity].map(
  (_bound, index) => `took_${index}`,
);

const keyColumns = ['hour', 'kind', 'name', 'source', 'outcome', 'code'] as const;
/** Columns that are added up. */
export const sumColumns: readonly string[] = [
  'n',
  'duration_ms',
  'input_tokens',
  'output_tokens',
  'cost_nano_usd',
  ...tookColumns,
];

/** Adds up what happened, and gives the statements that add it to the tables. */
export function createCounts(): {
  add(happening: Happening): void;
  readonly size: number;
  statements(): readonly SqlStatement[];
} {
  const rows = new Map<string, { readonly key: readonly SqlValue[]; readonly sums: number[] }>();
  return {
    add(happening) {
      const { durationMs, inputTokens = 0, outputTokens = 0, costNanoUsd = 0 } = happening;
      const key = keyColumns.map((column) => happening[column]);
      const name = JSON.stringify(key);
      const known = rows.get(name);
      const sums = known?.sums ?? sumColumns.map(() => 0);
      if (!known) rows.set(name, { key, sums });
      const took = tookColumns.map(() => 0);
      if (durationMs !== undefined) took[placeOf(durationMs)] = 1;
      const more = [1, Math.round(durationMs ?? 0), inputTokens, outputTokens, costNanoUsd, ...took];
      more.forEach((value, index) => (sums[index] = (sums[index] ?? 0) + value));
    },
    get size() {
      return rows.size;
    },
    statements: () => [...rows.values()].flatMap(({ key, sums }) => addition(key, sums)),
  };
}

function placeOf(durationMs: number): number {
  const place = tookBounds.findIndex((bound) => durationMs <= bound);
  return place === -1 ? tookBounds.length : place;
}

/** Two statements, because one that updates on conflict would have to name the tenant's column. */
function addition(key: readonly SqlValue[], sums: readonly number[]): readonly SqlStatement[] {
  const columns = [...keyColumns, ...sumColumns];
  const values = [...keyColumns.map(() => '?'), ...sumColumns.map(() => '0')];
  return [
    {
      sql: `INSERT INTO af_telemetry_sql_hours (${columns.join(', ')}) VALUES (${values.join(', ')}) ON CONFLICT DO NOTHING`,
      params: key,
    },
    {
      sql:
        `UPDATE af_telemetry_sql_hours SET ${sumColumns.map((column) => `${column} = ${column} + ?`).join(', ')}` +
        ` WHERE ${keyColumns.map((column) => `${column} = ?`).join(' AND ')}`,
      params: [...sums, ...key],
      changes: 1,
    },
  ];
}
