import type pg from 'pg';

/**
 * Texts are ordered by their bytes on every engine. Where the database orders them by a language, columns that do not say
 * otherwise are told so; called after each migration, when the tables it made are still empty. What a view or a generated column stands
 * on cannot be changed, and keeps its order.
 */
export async function orderTextsByBytes(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; changes: string }>(
    `SELECT c.relname AS name, string_agg(format('ALTER COLUMN %I TYPE %s COLLATE "C"', a.attname,
      format_type(a.atttypid, a.atttypmod)), ', ') AS changes
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname LIKE 'af\\_%'
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attinhcount = 0
      AND a.attcollation = 'pg_catalog."default"'::regcollation
      AND NOT EXISTS (SELECT FROM pg_depend used WHERE used.refobjid = c.oid AND used.refobjsubid = a.attnum
        AND (used.classid = 'pg_rewrite'::regclass OR used.classid = 'pg_attrdef'::regclass AND EXISTS (
          SELECT FROM pg_attrdef x JOIN pg_attribute g ON g.attrelid = x.adrelid AND g.attnum = x.adnum
          WHERE x.oid = used.objid AND g.attgenerated <> '')))
      AND NOT EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database()
        AND d.datlocprovider <> 'i' AND d.datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8'))
    GROUP BY c.relname`,
  );
  for (const { name, changes } of rows) await client.query(`ALTER TABLE ${name} ${changes}`);
}
