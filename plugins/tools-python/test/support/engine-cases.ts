import type { Json, JsonObject } from '@agent-factory/sdk';

/** What a tool of the fixtures gives, whatever runs it. */
export interface EngineCase {
  readonly tool: string;
  readonly input: JsonObject;
  /** What it answers, or how it fails. */
  readonly gives: Json | RegExp;
}

const report = Buffer.from('1,x\n');

/** Calls that every engine answers alike. */
export const engineCases: readonly EngineCase[] = [
  { tool: 'stats_describe', input: { numbers: [1, 2, 6] }, gives: { middle: 3, least: 1, most: 6 } },
  {
    tool: 'stats_describe',
    input: { numbers: [1.25, 3], digits: 1, kind: 'median' },
    gives: { middle: 2.1, least: 1.25, most: 3 },
  },
  { tool: 'stats_describe', input: { numbers: [] }, gives: /StatisticsError: mean requires at least one/ },
  { tool: 'stats_squares', input: { upto: 4 }, gives: [0, 1, 4, 9] },
  { tool: 'stats_later', input: { text: 'hé😀' }, gives: '😀éh' },
  { tool: 'stats_ticks', input: { count: 2 }, gives: [0, 1] },
  {
    tool: 'stats_report',
    input: { rows: [{ a: 1, b: 'x' }] },
    gives: {
      result: 1,
      files: [
        {
          name: 'report.csv',
          mediaType: 'text/csv',
          bytes: report.length,
          note: 'It is not kept: the platform has no artifact store.',
        },
      ],
    },
  },
  { tool: 'hostile_give', input: { what: 'nan' }, gives: /holds nan, which JSON has not/ },
  { tool: 'hostile_give', input: { what: 'half' }, gives: /UnicodeEncodeError/ },
  { tool: 'hostile_give', input: { what: 'circle' }, gives: /100 levels deep, or holds itself/ },
  { tool: 'hostile_give', input: { what: 'bytes' }, gives: /holds bytes/ },
  { tool: 'hostile_give', input: { what: 'object' }, gives: /of type object/ },
  { tool: 'hostile_give', input: { what: 'large' }, gives: '18446744073709551616' },
  { tool: 'hostile_endless', input: {}, gives: /yields more than 100 values/ },
  { tool: 'hostile_giant', input: {}, gives: /more than 65536 bytes of JSON/ },
  { tool: 'hostile_leave', input: { how: 'exit' }, gives: /SystemExit: 3/ },
  { tool: 'hostile_leave', input: { how: '_exit' }, gives: /it ended with code 3/ },
];
