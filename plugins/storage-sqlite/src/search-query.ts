import { searchWords } from '@agent-factory/sdk/contracts';

/**
 * Any text as an FTS5 expression: its words, each quoted, joined by OR. Stop words are left out when other words
 * are there. `undefined` when the text holds no word.
 * @see https://sqlite.org/fts5.html#full_text_query_syntax
 */
export function toMatchExpression(query: string): string | undefined {
  const words = searchWords(query);
  return words.length > 0 ? words.map((word) => `"${word}"`).join(' OR ') : undefined;
}
