import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  storageErrors as errors,
  type SqlStatement,
  type Storage,
  type TextHit,
  type TextIndex,
  type TextSearch,
} from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { toWordQuery } from './search-words.ts';
import { storedName } from './stored-name.ts';
import { createSearchTables, searchConfig, searchTables } from './text-search-tables.ts';

interface HitRow extends Omit<TextHit, 'meta'> {
  readonly meta: string;
}

/** Weights of what a word is found in: nothing, nothing, nothing, text; a title counts four times as much. */
const weights = '{0.25, 0.25, 0.25, 1.0}';

/** Creates full-text search on PostgreSQL's own: stemmed as English, accents folded. */
export function createPostgresTextSearch(pool: ConnectionPool, storage: Storage): TextSearch {
  return {
    async open(name) {
      if (!/^[a-z0-9_]{1,48}$/.test(name)) throw errors.AF_TEXT_SEARCH_NAME_INVALID({ name });
      await createSearchTables(pool, name);
      return createIndex(storage, name);
    },
  };
}

function createIndex(storage: Storage, name: string): TextIndex {
  const tables = searchTables(name);
  const groups = storedName(tables.groups);
  const passages = storedName(tables.passages);
  const search = `
    SELECT id, group_name AS "group", title, text, meta,
      ts_rank('${weights}', words, query, 1) AS score
    FROM ${passages}, to_tsquery('${searchConfig}', ?) AS query
    WHERE words @@ query ORDER BY score DESC, id LIMIT ?`;

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
      const statements: SqlStatement[] = [
        { sql: `DELETE FROM ${passages} WHERE group_name = ?`, params: [group] },
        { sql: `DELETE FROM ${groups} WHERE name = ?`, params: [group] },
      ];
      if (content.length > 0)
        statements.push(
          { sql: `INSERT INTO ${groups} (name, fingerprint) VALUES (?, ?)`, params: [group, fingerprint] },
          ...content.map(({ id, title, text, meta }) => ({
            sql: `INSERT INTO ${passages} (id, group_name, title, text, meta) VALUES (?, ?, ?, ?, ?)`,
            params: [id, group, storable(title), storable(text), JSON.stringify(meta)],
          })),
        );
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
      const words = toWordQuery(query);
      if (words === undefined || limit < 1) return [];
      const rows = await storage.query<HitRow>(search, [words, Math.floor(limit)]);
      // Written by replace() from a JSON object.
      return rows.map((row) => ({ ...row, meta: JSON.parse(row.meta) as JsonObject }));
    },
  };
}

/** The server holds no U+0000; a sign that says "something was here" takes its place. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
