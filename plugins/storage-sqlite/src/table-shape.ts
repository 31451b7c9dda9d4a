import type { Database } from 'better-sqlite3';
import { isDerivedTable, storageErrors as errors, type TransferTable } from '@agent-factory/sdk/contracts';

interface ColumnRow {
  readonly name: string;
  /** Place in the primary key, from 1; 0 outside. */
  readonly pk: number;
  /** 0: plain; 1: of a virtual table; 2, 3: generated. */
  readonly hidden: number;
}

/** Tables that are content: what plugins own, without the engine's ledger and what full-text search derives. */
const contentTables = `
  SELECT name FROM pragma_table_list
  WHERE schema = 'main' AND type = 'table' AND name LIKE 'af^_%' ESCAPE '^'
    AND name NOT LIKE 'af^_storage^_sqlite^_%' ESCAPE '^'
  ORDER BY name`;

/** The tables of a file, those that others refer to before those. */
export function contentTablesOf(database: Database): readonly TransferTable[] {
  const all = database.prepare<[], string>(contentTables).pluck().all();
  const names = all.filter((name) => !isDerivedTable(name));
  const parents = new Map(names.map((name) => [name, parentsOf(database, name)]));
  const ordered = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.has(name) || path.includes(name)) return;
    for (const parent of parents.get(name) ?? []) visit(parent, [...path, name]);
    if (parents.has(name)) ordered.add(name);
  };
  for (const name of names) visit(name, []);
  return [...ordered].map((name) => shapeOf(database, name));
}

function parentsOf(database: Database, table: string): readonly string[] {
  return database
    .prepare<[string], string>('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) ORDER BY 1')
    .pluck()
    .all(table);
}

function shapeOf(database: Database, table: string): TransferTable {
  const columns = database.prepare<[string], ColumnRow>('SELECT * FROM pragma_table_xinfo(?)').all(table);
  const plain = columns.filter(({ hidden }) => hidden === 0);
  const primary = plain.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const passages = table.startsWith('af_text_search_passages_');
  // There the number is for the index of words alone, and every engine gives its own.
  const key = passages ? ['id'] : primary.map(({ name }) => name);
  const own = passages ? plain.filter(({ name }) => name !== 'key') : plain;
  const shape = {
    name: table,
    columns: own.map(({ name }) => name).sort(),
    key: key.length > 0 ? key : uniqueKeyOf(database, table),
  };
  if (shape.key.length > 0 && !holdsNull(database, table, shape.key)) return shape;
  const lack = shape.key.length > 0 ? 'rows without a key' : 'no primary key and no unique one';
  const reason = `the table ${table} has ${lack}, so its rows cannot be moved`;
  throw errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: `rows of ${table}` });
}

/** Rows are read in the order of their key, which null has no place in. */
function holdsNull(database: Database, table: string, key: readonly string[]): boolean {
  const isNull = key.map((column) => `"${column}" IS NULL`).join(' OR ');
  return database.prepare(`SELECT 1 FROM "${table}" WHERE ${isNull} LIMIT 1`).get() !== undefined;
}

function uniqueKeyOf(database: Database, table: string): readonly string[] {
  const [index] = database
    .prepare<[string], string>(
      'SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND partial = 0 ORDER BY name',
    )
    .pluck()
    .all(table);
  if (index === undefined) return [];
  const sql = 'SELECT name FROM pragma_index_info(?) ORDER BY seqno';
  return database.prepare<[string], string>(sql).pluck().all(index);
}
