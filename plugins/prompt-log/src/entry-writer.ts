import type { Json } from '@agent-factory/sdk';
import type { PromptLogEntry, SqlStatement, SqlValue } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { entryWords } from './entry-words.ts';
import type { ReadUpTo } from './run-reader.ts';
import { bodyOf, entryColumns, entryValues } from './tables.ts';

/** Writes entries of many runs together: one transaction for some hundred of them. */
export interface EntryWriter {
  /** Entries written so far, or to be written with the next flush. */
  readonly added: number;
  add(
    run: Run,
    entries: readonly PromptLogEntry[],
    read: { readonly upTo: ReadUpTo; readonly isOver: boolean },
    fullText: boolean,
  ): Promise<void>;
  flush(): Promise<void>;
}

const entriesPerBatch = 500;
const rowsPerStatement = 100;

/** Creates it. Writing the same again changes nothing, so that two processes may read a run at once. */
export function createEntryWriter(
  write: (statements: readonly SqlStatement[]) => Promise<void>,
): EntryWriter {
  const entries = new Map<string, PromptLogEntry>();
  let words: (readonly SqlValue[])[] = [];
  let runs: SqlStatement[] = [];
  let added = 0;
  const flush = async (): Promise<void> => {
    if (runs.length === 0) return;
    const all = [...entries.values()];
    const statements = [
      ...inserts('af_prompt_log_entries', entryColumns, all.map(entryValues)),
      ...inserts(
        'af_prompt_log_bodies',
        'run_id, seq, body',
        all.map((one) => [one.runId, one.seq, bodyOf(one)]),
      ),
      ...inserts('af_prompt_log_words', 'word, at, run_id, seq', words),
      ...runs,
    ];
    entries.clear();
    words = [];
    runs = [];
    await write(statements);
  };
  return {
    get added() {
      return added;
    },
    async add(run, more, { upTo, isOver }, fullText) {
      for (const entry of more) {
        if (entries.has(entry.id)) continue;
        added += 1;
        entries.set(entry.id, entry);
        if (fullText) words.push(...wordRows(entry));
      }
      const isOpen = isOver ? 0 : 1;
      runs.push(
        {
          sql: 'UPDATE af_prompt_log_runs SET seq = ?, agent = ?, is_open = ? WHERE run_id = ? AND seq <= ?',
          params: [upTo.seq, upTo.agent, isOpen, run.id, upTo.seq],
        },
        {
          sql:
            'INSERT INTO af_prompt_log_runs (run_id, seq, created_at, agent, is_open) VALUES (?, ?, ?, ?, ?)' +
            ' ON CONFLICT DO NOTHING',
          params: [run.id, upTo.seq, run.createdAt, upTo.agent, isOpen],
        },
      );
      if (entries.size >= entriesPerBatch) await flush();
    },
    flush,
  };
}

function wordRows({ request, response, at, runId, seq }: PromptLogEntry): readonly (readonly SqlValue[])[] {
  return entryWords(`${textIn(request)} ${textIn(response)}`).map((word) => [word, at, runId, seq]);
}

/** The texts in a value, without the names of members. */
function textIn(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return value === null ? '' : String(value);
  return (Array.isArray(value) ? value : Object.values(value)).map(textIn).join(' ');
}

function inserts(
  table: string,
  columns: string,
  rows: readonly (readonly SqlValue[])[],
): readonly SqlStatement[] {
  const width = columns.split(', ').length;
  const marks = `(${Array.from({ length: width }, () => '?').join(', ')})`;
  const statements: SqlStatement[] = [];
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const part = rows.slice(from, from + rowsPerStatement);
    statements.push({
      sql: `INSERT INTO ${table} (${columns}) VALUES ${part.map(() => marks).join(', ')} ON CONFLICT DO NOTHING`,
      params: part.flat(),
    });
  }
  return statements;
}
