import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type {
  SqlStatement,
  Storage,
  TextHit,
  TextIndex,
  TextPassage,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import { toMatchExpression } from './search-query.ts';
import { indexTableStatements, textIndexTables, type TextIndexTables } from './text-index-tables.ts';

interface HitRow extends Omit<TextHit, 'meta'> {
  readonly meta: string;
}

/** A word in a title counts as much as this many in the text. */
const titleWeight = 4;

/** Creates full-text search on SQLite's FTS5: stemmed by Porter's rules, accents folded, ranked by BM25. */
export function createSqliteTextSearch(storage: Storage): TextSearch {
  return {
    async open(name) {
      if (!/^[a-z0-9_]{1,48}$/.test(name)) throw errors.AF_TEXT_SEARCH_NAME_INVALID({ name });
      await storage.batch(indexTableStatements(name));
      return createIndex(storage, name, textIndexTables(name));
    },
  };
}

function createIndex(
  storage: Storage,
  name: string,
  { groups, passages, words }: TextIndexTables,
): TextIndex {
  const search = `
    SELECT p.id, p.group_name AS "group", p.title, p.text, p.meta,
      -bm25(${words}, ${titleWeight}, 1) AS score
    FROM ${words} JOIN ${passages} p ON p.key = ${words}.rowid
    WHERE ${words} MATCH ? ORDER BY score DESC, p.id LIMIT ?`;
  const removeGroup = (group: string): SqlStatement[] => [
    {
      sql: `INSERT INTO ${words} (${words}, rowid, title, text)
        SELECT 'delete', key, title, text FROM ${passages} WHERE group_name = ?`,
      params: [group],
    },
    { sql: `DELETE FROM ${passages} WHERE group_name = ?`, params: [group] },
    { sql: `DELETE FROM ${groups} WHERE name = ?`, params: [group] },
  ];
  const addGroup = (
    group: string,
    fingerprint: string,
    content: readonly TextPassage[],
  ): readonly SqlStatement[] => [
    { sql: `INSERT INTO ${groups} VALUES (?, ?)`, params: [group, fingerprint] },
    ...content.map(({ id, title, text, meta }) => ({
      sql: `INSERT INTO ${passages} (id, group_name, title, text, meta) VALUES (?, ?, ?, ?, ?)`,
      params: [id, group, title, text, JSON.stringify(meta)],
    })),
    {
      sql: `INSERT INTO ${words} (rowid, title, text)
        SELECT key, title, text FROM ${passages} WHERE group_name = ?`,
      params: [group],
    },
  ];

  return {
    async groups() {
      const rows = await storage.query<{ name: string; fingerprint: string }>(
        `SELECT name, fingerprint FROM ${groups} ORDER BY name`,
      );
      return new Map(rows.map((row) => [row.name, row.fingerprint]));
    },
    async replace(group, fingerprint, content) {
      const ids = new Set<string>();
      for (const { id, group: own } of content) {
        const reason = own !== group ? `its group is "${own}", not "${group}"` : 'its id comes twice';
        if (own !== group || ids.has(id))
          throw errors.AF_TEXT_SEARCH_PASSAGE_INVALID({ id, index: name, reason });
        ids.add(id);
      }
      const statements = removeGroup(group);
      if (content.length > 0) statements.push(...addGroup(group, fingerprint, content));
      try {
        await storage.batch(statements);
      } catch (error) {
        if (!isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) throw error;
        const reason = `one of the ids of group "${group}" belongs to another group`;
        const id = content[0]?.id ?? '';
        throw errors.AF_TEXT_SEARCH_PASSAGE_INVALID({ id, index: name, reason }, { cause: error });
      }
    },
    async search(query, { limit }) {
      const expression = toMatchExpression(query);
      if (expression === undefined || limit < 1) return [];
      const rows = await storage.query<HitRow>(search, [expression, Math.floor(limit)]);
      // Written by replace() from a JSON object.
      return rows.map((row) => ({ ...row, meta: JSON.parse(row.meta) as JsonObject }));
    },
  };
}
