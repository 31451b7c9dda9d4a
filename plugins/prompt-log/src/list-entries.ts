import { isAgentFactoryError } from '@agent-factory/sdk';
import type {
  PromptLogEntry,
  PromptLogPage,
  PromptLogQuery,
  SqlDatabase,
} from '@agent-factory/sdk/contracts';
import { keysetPage, queryBuilder } from '@agent-factory/sdk/sql';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { queryWords } from './entry-words.ts';
import { errors } from './errors.ts';
import { entryOf, type EntryRow, type PromptLogTables } from './tables.ts';

/** Columns that have to be equal, by member of a query. */
const equal = {
  agent: 'e.agent',
  kind: 'e.kind',
  provider: 'e.provider',
  model: 'e.model',
  tool: 'e.tool',
  status: 'e.status',
  session: 'e.session',
  runId: 'e.run_id',
} as const;

/** Bounds, both inclusive but for the end of the time. */
const bounds = {
  from: ['e.at', '>='],
  to: ['e.at', '<'],
  minCostNanoUsd: ['e.cost_nano_usd', '>='],
  maxCostNanoUsd: ['e.cost_nano_usd', '<='],
  minTokens: ['e.tokens', '>='],
  maxTokens: ['e.tokens', '<='],
} as const;

/** One page of entries, newest first; AF_PROMPT_LOG_QUERY_INVALID. */
export async function listEntries(
  database: SqlDatabase,
  query: PromptLogQuery,
  fullText: boolean,
): Promise<PromptLogPage> {
  const db = queryBuilder<PromptLogTables>(database);
  const [word, ...others] = wordsIn(query.text, fullText);
  const conditions = [...conditionsOf(query), ...others.map(hasWord)];
  const page = { limit: query.limit, after: query.after };
  const down = { direction: 'desc' } as const;
  try {
    const { rows, next } =
      word === undefined
        ? await keysetPage(
            db
              .selectFrom('af_prompt_log_entries as e')
              .innerJoin('af_prompt_log_bodies as b', (join) =>
                join.onRef('b.run_id', '=', 'e.run_id').onRef('b.seq', '=', 'e.seq'),
              )
              .selectAll('e')
              .select('b.body')
              .where((eb) => eb.and(conditions)),
            {
              ...page,
              by: [
                { column: 'e.at', ...down },
                { column: 'e.run_id', ...down },
                { column: 'e.seq', ...down },
              ],
            },
          )
        : // The word that is likely the rarest leads, in the order of its own index.
          await keysetPage(
            db
              .selectFrom('af_prompt_log_words as w')
              .innerJoin('af_prompt_log_entries as e', (join) =>
                join.onRef('e.run_id', '=', 'w.run_id').onRef('e.seq', '=', 'w.seq'),
              )
              .innerJoin('af_prompt_log_bodies as b', (join) =>
                join.onRef('b.run_id', '=', 'w.run_id').onRef('b.seq', '=', 'w.seq'),
              )
              .selectAll('e')
              .select('b.body')
              .where('w.word', '=', word)
              .where((eb) => eb.and(conditions)),
            {
              ...page,
              by: [
                { column: 'w.at', ...down },
                { column: 'w.run_id', ...down },
                { column: 'w.seq', ...down },
              ],
            },
          );
    return { entries: rows.map(entryOf), ...(next !== undefined && { next }) };
  } catch (error) {
    const isAsked =
      isAgentFactoryError(error, 'AF_PAGE_INVALID') || isAgentFactoryError(error, 'AF_CURSOR_INVALID');
    if (!isAsked) throw error;
    throw errors.AF_PROMPT_LOG_QUERY_INVALID(
      { reason: error.message.replace(/\.$/, ''), mend: error.fix },
      { cause: error },
    );
  }
}

/** One entry. */
export async function getEntry(database: SqlDatabase, id: string): Promise<PromptLogEntry> {
  const [, runId = '', seq = ''] = /^(.+):(\d{1,15})$/.exec(id) ?? [];
  const [row] =
    seq === ''
      ? []
      : await database.query<EntryRow & { readonly body: string }>(
          'SELECT e.*, b.body FROM af_prompt_log_entries AS e JOIN af_prompt_log_bodies AS b' +
            ' ON b.run_id = e.run_id AND b.seq = e.seq WHERE e.run_id = ? AND e.seq = ?',
          [runId, Number(seq)],
        );
  if (!row) throw errors.AF_PROMPT_LOG_UNKNOWN({ id });
  return entryOf(row);
}

function conditionsOf(query: PromptLogQuery): readonly RawBuilder<SqlBool>[] {
  const conditions: RawBuilder<SqlBool>[] = [];
  for (const [name, column] of Object.entries(equal)) {
    const value = query[name as keyof typeof equal];
    if (value !== undefined) conditions.push(sql<SqlBool>`${sql.ref(column)} = ${value}`);
  }
  for (const [name, [column, operator]] of Object.entries(bounds)) {
    const value = query[name as keyof typeof bounds];
    if (value === undefined) continue;
    if (!Number.isFinite(value)) throw invalid(`${name} is no number`, 'Give a whole number.');
    conditions.push(sql<SqlBool>`${sql.ref(column)} ${sql.raw(operator)} ${value}`);
  }
  return conditions;
}

function hasWord(word: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`EXISTS (SELECT 1 FROM af_prompt_log_words AS o WHERE o.word = ${word} AND o.at = e.at AND o.run_id = e.run_id AND o.seq = e.seq)`;
}

/** The words of a query, longest first. */
function wordsIn(text: string | undefined, fullText: boolean): readonly string[] {
  if (text === undefined) return [];
  if (!fullText)
    throw invalid('words are not kept here', 'Set fullText to true; entries from then on are found.');
  const words = queryWords(text);
  if (words.length > 0) return words.toSorted((a, b) => b.length - a.length);
  throw invalid(`"${text.slice(0, 100)}" has no word`, 'Give at least one word.');
}

function invalid(reason: string, mend: string): Error {
  return errors.AF_PROMPT_LOG_QUERY_INVALID({ reason, mend });
}
