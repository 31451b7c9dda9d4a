import { refuseNumbered, type SqlRules } from './sql-text.ts';
import type { SqlToken } from './sql-tokens.ts';

/** The column that says whose a row is. */
export const tenantColumn = 'tenant_id';

/** Ends the reason for which a statement is refused, where another look at the database may change it. */
export const unknownTable = 'is not known as a table of a tenant';

/** What there is in the database, by name. */
export interface TenantCatalog {
  /** Whether it is a table of tenants. */
  isTenantTable(name: string): boolean;
  /** Whether it is another table or view that a statement could reach, or a schema. */
  isForeign(name: string): boolean;
  /** Whether that is known from a look after `moment` (`performance.now()`). */
  isFresh(moment: number): boolean;
  refresh(): Promise<void>;
}

const verbs: ReadonlySet<string> = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'WITH',
  'VALUES',
  'MERGE',
]);

/**
 * Names with which a statement could change the settings that row-level security stands on, run another text as SQL, or
 * look at the system's tables. There is no other way to call a function than by its name.
 */
const closed =
  /^(?:set_config|pg_.*|information_schema|af_storage_postgres.*|(?:query|cursor|table|schema|database)_to_xml.*|ts_stat|ts_rewrite|dblink.*|setval|lo_.*|loread|lowrite|xpath_table|crosstab.*|connectby)$/;

/** Bytes of a name that the server takes. */
const longestName = 63;

const beforeTables: ReadonlySet<string> = new Set([
  'from',
  'join',
  'into',
  'update',
  'only',
  'using',
  'table',
  ',',
  '(',
]);

/** Rules for statements on a tenant's handle, besides row-level security, which the server keeps up. */
export function tenantRules(catalog: TenantCatalog): SqlRules {
  return {
    refuse(verb, tokens) {
      if (!verbs.has(verb))
        return "a tenant's handle reads and writes rows; what else there is belongs to migrations";
      return refuseNames(catalog, tokens) ?? refuseNumbered(tokens) ?? refuseUnnamedColumns(tokens);
    },
    insert: (_verb, tokens) => new Map([...tenantInKeys(tokens), ...tenantInRows(tokens)]),
  };
}

/** Says why a statement may not use the names in it, if it may not. */
export function refuseNames(catalog: TenantCatalog, tokens: readonly SqlToken[]): string | undefined {
  const making = intoOfInserts(tokens);
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === 'literal' && /^e'/i.test(text)) return 'a string is written in escapes';
    if (kind !== 'word' && kind !== 'quoted') continue;
    if (kind === 'quoted' && /^u&/i.test(text)) return 'a name is written in escapes';
    const name = text.toLowerCase();
    if (closed.test(name)) return `${name} is closed to tenants`;
    if (Buffer.byteLength(name) > longestName)
      return `the server would cut a name after ${longestName} bytes`;
    const before = tokens[index - 1]?.text ?? '';
    if (name === 'into' && kind === 'word' && !making.has(index)) return 'it would make a table';
    if (name.startsWith('af_') && !catalog.isTenantTable(name)) return `${name} ${unknownTable}`;
    const qualifies = tokens[index + 1]?.text === '.';
    if ((qualifies || beforeTables.has(before)) && catalog.isForeign(text))
      return `${text} is no table of a tenant`;
  }
  return undefined;
}

/**
 * Places of INTO after an INSERT or MERGE that begins a statement; anywhere else those words name a column, and INTO makes
 * a table.
 */
function intoOfInserts(tokens: readonly SqlToken[]): ReadonlySet<number> {
  const found = new Set<number>();
  let depth = 0;
  let begun = false;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === 'sign') depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    if (kind !== 'word') continue;
    const next = tokens[index + 1];
    const inserts = (text === 'insert' || text === 'merge') && next?.kind === 'word' && next.text === 'into';
    const before = tokens[index - 1];
    const first = before === undefined || (before.kind === 'sign' && before.text === '(');
    if (inserts && (first || (depth === 0 && !begun))) found.add(index + 1);
    if (depth === 0 && (inserts || text === 'select' || text === 'values' || text === 'table')) begun = true;
  }
  return found;
}

/** The keys of tenant tables begin with the tenant, which statements do not name. */
function* tenantInKeys(tokens: readonly SqlToken[]): Iterable<[SqlToken, string]> {
  for (const [index, { text, kind }] of tokens.entries()) {
    const [conflict, open, first] = tokens.slice(index + 1, index + 4);
    if (kind === 'word' && text === 'on' && conflict?.text === 'conflict' && open?.text === '(' && first)
      yield [first, `${tenantColumn}, `];
  }
}

/** Where an INSERT names no columns, the tenant's is the first. */
function* tenantInRows(tokens: readonly SqlToken[]): Iterable<[SqlToken, string]> {
  for (const values of unnamedColumns(tokens)) {
    let depth = 0;
    for (let index = values + 1; index < tokens.length; index++) {
      const { text, kind } = tokens[index] as SqlToken; // within bounds
      const next = tokens[index + 1];
      if (text === '(' && kind === 'sign' && depth++ === 0 && next) yield [next, 'DEFAULT, '];
      else if (text === ')' && kind === 'sign') depth--;
      else if (depth === 0 && text !== ',') break;
    }
  }
}

function refuseUnnamedColumns(tokens: readonly SqlToken[]): string | undefined {
  for (const at of unnamedColumns(tokens)) {
    const text = tokens[at]?.text;
    if (text !== 'values' && text !== 'default') return 'an INSERT from a query names its columns';
  }
  return undefined;
}

/** Places of what follows the table of each INSERT that names no columns. */
function* unnamedColumns(tokens: readonly SqlToken[]): Iterable<number> {
  for (const [index, { text }] of tokens.entries()) {
    if (text !== 'into' || tokens[index - 1]?.text !== 'insert') continue;
    let at = index + 2;
    while (tokens[at]?.text === '.') at += 2;
    if (tokens[at]?.text === 'as') at += 2;
    const next = tokens[at]?.text;
    if (next !== undefined && !(next === '(' && !['select', 'with'].includes(tokens[at + 1]?.text ?? '')))
      yield at;
  }
}
