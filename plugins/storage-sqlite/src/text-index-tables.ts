import type { Database } from 'better-sqlite3';
import type { SqlStatement } from '@agent-factory/sdk/contracts';

/** Names of the tables of one index. Groups and passages are the same on every engine; the words are derived. */
export interface TextIndexTables {
  readonly groups: string;
  readonly passages: string;
  readonly words: string;
}

/** The tables of the index with this name. */
export function textIndexTables(name: string): TextIndexTables {
  return {
    groups: `af_text_search_groups_${name}`,
    passages: `af_text_search_passages_${name}`,
    words: `af_text_search_words_${name}`,
  };
}

/** The tables of every index in a file. */
export function textIndexesOf(database: Database): readonly TextIndexTables[] {
  return database
    .prepare<[], string>(
      "SELECT name FROM pragma_table_list WHERE type = 'table' AND name LIKE 'af^_text^_search^_passages^_%' ESCAPE '^'",
    )
    .pluck()
    .all()
    .map((table) => textIndexTables(table.slice('af_text_search_passages_'.length)));
}

/** What creates the tables of an index where they are missing. */
export function indexTableStatements(name: string): readonly SqlStatement[] {
  const { groups, passages, words } = textIndexTables(name);
  const create = [
    `CREATE TABLE IF NOT EXISTS ${groups} (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE IF NOT EXISTS ${passages} (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      group_name TEXT NOT NULL,
      title TEXT NOT NULL,
      text TEXT NOT NULL,
      meta TEXT NOT NULL
    )`,
    `CREATE INDEX IF NOT EXISTS ${passages}_group ON ${passages} (group_name)`,
    // The words point to the passages instead of holding their text a second time.
    `CREATE VIRTUAL TABLE IF NOT EXISTS ${words} USING fts5(
      title, text, content='${passages}', content_rowid='key',
      tokenize='porter unicode61 remove_diacritics 2'
    )`,
  ];
  return create.map((sql) => ({ sql }));
}
