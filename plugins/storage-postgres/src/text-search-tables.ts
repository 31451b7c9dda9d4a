import type { ConnectionPool } from './connection-pool.ts';
import { translate } from './driver-errors.ts';
import { lockKey } from './lock-key.ts';
import { storedName } from './stored-name.ts';

/** How words are cut and stemmed, without a list of words to leave out. */
export const searchConfig = 'af_storage_postgres_words';

/** Names of an index's tables, the same on every engine. */
export interface SearchTables {
  readonly groups: string;
  readonly passages: string;
}

/** The tables of the index with this name. */
export function searchTables(name: string): SearchTables {
  return { groups: `af_text_search_groups_${name}`, passages: `af_text_search_passages_${name}` };
}

/** The index that a table belongs to, if it is one of an index. */
export function indexOfTable(table: string): string | undefined {
  return /^af_text_search_(?:groups|passages)_([a-z0-9_]{1,48})$/.exec(table)?.[1];
}

/** Makes an index's tables where they are missing. */
export async function createSearchTables(pool: ConnectionPool, name: string): Promise<void> {
  const wanted = searchTables(name);
  const groups = storedName(wanted.groups);
  const passages = storedName(wanted.passages);
  await pool.use(async (connection) => {
    const { client } = connection;
    try {
      const there = async (): Promise<boolean> => {
        const { rows } = await client.query<{ there: boolean }>(
          'SELECT to_regclass($1) IS NOT NULL AS there',
          [passages],
        );
        return rows[0]?.there ?? false;
      };
      if (await there()) return;
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey('search-tables')]);
      if (await there()) return void (await client.query('COMMIT'));
      const { rows: configs } = await client.query(
        'SELECT FROM pg_ts_config WHERE cfgname = $1 AND cfgnamespace = current_schema()::regnamespace',
        [searchConfig],
      );
      if (configs.length === 0)
        await client.query(
          `CREATE TEXT SEARCH DICTIONARY af_storage_postgres_stem (TEMPLATE = pg_catalog.snowball, LANGUAGE = english);
          CREATE TEXT SEARCH CONFIGURATION ${searchConfig} (COPY = pg_catalog.english);
          ALTER TEXT SEARCH CONFIGURATION ${searchConfig}
            ALTER MAPPING REPLACE pg_catalog.english_stem WITH af_storage_postgres_stem`,
        );
      const lower = await lowerCase(client);
      const words = (column: string, weight: string): string =>
        `setweight(to_tsvector('${searchConfig}', ${plain(column, lower)}), '${weight}')`;
      await client.query(
        `CREATE TABLE ${groups} (
          name TEXT COLLATE "C" PRIMARY KEY,
          fingerprint TEXT COLLATE "C" NOT NULL
        );
        CREATE TABLE ${passages} (
          id TEXT COLLATE "C" PRIMARY KEY,
          group_name TEXT COLLATE "C" NOT NULL,
          title TEXT COLLATE "C" NOT NULL,
          text TEXT COLLATE "C" NOT NULL,
          meta TEXT COLLATE "C" NOT NULL,
          words TSVECTOR GENERATED ALWAYS AS (${words('title', 'A')} || ${words('text', 'D')}) STORED
        );
        CREATE INDEX ON ${passages} (group_name);
        CREATE INDEX ON ${passages} USING GIN (words)`,
      );
      for (const [stored, full] of [
        [groups, wanted.groups],
        [passages, wanted.passages],
      ] as const)
        if (stored !== full) await client.query(`COMMENT ON TABLE ${stored} IS '${full}'`);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => connection.destroy());
      throw translate(error, { ...pool.place, sql: `CREATE TABLE ${passages}` });
    }
  });
}

/** How letters beyond ASCII become small ones: databases of the locale C know them by another collation only. */
async function lowerCase(client: {
  query(sql: string): Promise<{ rows: unknown[] }>;
}): Promise<(text: string) => string> {
  for (const collation of ['"default"', 'pg_c_utf8', '"und-x-icu"']) {
    const name = collation.replaceAll('"', '');
    const { rows } = await client.query(`SELECT FROM pg_collation WHERE collname = '${name}'`);
    if (rows.length === 0) continue;
    const lower = (text: string): string => `lower(${text} COLLATE pg_catalog.${collation})`;
    const { rows: tried } = await client.query(`SELECT ${lower("U&'\\0414'::text")} = U&'\\0434' AS knows`);
    if ((tried[0] as { readonly knows: boolean }).knows) return lower;
  }
  return (text) => `lower(${text})`;
}

/**
 * Without accents and punctuation, which the server's parser would make addresses and paths of; not longer than what it
 * takes.
 */
function plain(column: string, lower: (text: string) => string): string {
  const folded = `regexp_replace(normalize(${lower(`left(${column}, 250000)`)}, NFD), U&'[\\0300-\\036F]', '', 'g')`;
  return `regexp_replace(${folded}, U&'[\\0001-/:-@\\005B-\`\\007B-\\00BF\\2000-\\206F\\3000-\\303F]+', ' ', 'g')`;
}
