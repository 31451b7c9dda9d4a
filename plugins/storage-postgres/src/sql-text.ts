import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import { excerpt } from './driver-errors.ts';
import { rowsPattern, type RowsPattern } from './insert-rows.ts';
import { sqlTokens, type SqlToken } from './sql-tokens.ts';
import { nameOnRepeat } from './statement-name.ts';

/** A statement as the server gets it. */
export interface SqlText {
  /** As it was written. */
  readonly sql: string;
  /** With `$1`, `$2` … for parameters. */
  readonly text: string;
  readonly params: number;
  /** Its first word, in upper case. */
  readonly verb: string;
  /** How it takes several rows at once, if it can. */
  readonly rows: RowsPattern | undefined;
  /** Name to prepare it under; a statement seen once gets none. */
  name(): string | undefined;
}

/** Statements by how they were written. */
export interface SqlTexts {
  /** Fails with AF_STORAGE_STATEMENT_INVALID for one that may not be run. */
  get(sql: string): SqlText;
}

/** What may be run, and how it is written for the server. */
export interface SqlRules {
  /** Says why a statement may not be run, if it may not. */
  refuse(verb: string, tokens: readonly SqlToken[]): string | undefined;
  /** Text to put in, by the token before which it goes. */
  insert?(verb: string, tokens: readonly SqlToken[]): ReadonlyMap<SqlToken, string>;
}

/** How many statements are remembered at least; twice as many at most. */
const capacity = 1024;

/** Remembers statements. A full half moves to the side and a new one begins, so what is used stays. */
export function createSqlTexts(rules: SqlRules): SqlTexts {
  let young = new Map<string, SqlText>();
  let old = new Map<string, SqlText>();
  return {
    get(sql) {
      let found = young.get(sql);
      if (found !== undefined) return found;
      found = old.get(sql) ?? read(sql, rules);
      if (young.size >= capacity) {
        old = young;
        young = new Map();
      }
      young.set(sql, found);
      return found;
    },
  };
}

function read(sql: string, rules: SqlRules): SqlText {
  const refused = (reason: string): Error =>
    errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: excerpt(sql) });
  if (sql.includes('\0')) throw refused('it holds the character U+0000');
  const tokens = sqlTokens(sql);
  const verb = tokens.find(({ kind }) => kind === 'word')?.text.toUpperCase();
  if (verb === undefined) throw refused('it is empty');
  const reason = rules.refuse(verb, tokens);
  if (reason !== undefined) throw refused(reason);
  const additions = rules.insert?.(verb, tokens);
  let text = '';
  let params = 0;
  let at = 0;
  const pieces: string[] = [];
  for (const token of tokens) {
    const addition = additions?.get(token);
    if (token.kind !== 'placeholder' && addition === undefined) continue;
    text += sql.slice(at, token.start) + (addition ?? '');
    if (token.kind === 'placeholder') {
      pieces.push(text);
      text = '';
      params++;
    } else text += sql.slice(token.start, token.end);
    at = token.end;
  }
  pieces.push(text + sql.slice(at));
  const numbered = pieces.reduce((before, piece, index) => {
    // `LIMIT?` and `?AND` are fine, `LIMIT$1` and `$1AND` are not.
    const left = /[\w$\u0080-\uffff]$/.test(before) ? ' ' : '';
    const right = /^[\w\u0080-\uffff]/.test(piece) ? ' ' : '';
    return `${before}${left}$${index}${right}${piece}`;
  });
  return { sql, text: numbered, params, verb, rows: rowsPattern(verb, numbered), name: nameOnRepeat() };
}

/** What ends or begins a transaction, or would stay with the connection for whoever has it next. */
const controls: ReadonlySet<string> = new Set(
  'BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE PREPARE EXECUTE DEALLOCATE DECLARE FETCH MOVE CLOSE SET RESET DISCARD LISTEN UNLISTEN LOAD COPY'.split(
    ' ',
  ),
);

/** Functions that leave something with the connection, or run a text that could. */
const lasting =
  /^(?:set_config|pg_(?:try_)?advisory_(?:un)?lock(?:_shared|_all)?|pg_reload_conf|(?:query|cursor)_to_xml.*|ts_stat|ts_rewrite|dblink.*|af_storage_postgres_enter)$/;

/** Rules for the platform's own statements. */
export const platformRules: SqlRules = {
  refuse(verb, tokens) {
    if (verb === 'SET' || verb === 'RESET') return 'settings are no business of a single statement';
    if (controls.has(verb)) return 'transactions and connections are managed by transaction() and batch()';
    if (verb === 'DO') return 'a block of code could leave something with the connection';
    for (const [index, { kind, text }] of tokens.entries()) {
      if (kind !== 'word' && kind !== 'quoted') continue;
      if (kind === 'quoted' && /^u&/i.test(text)) return 'a name is written in escapes';
      if (lasting.test(text)) return `${text} could leave something with the connection`;
      const temporary = kind === 'word' && (text === 'temp' || text === 'temporary');
      if (temporary && /^(?:create|into|local|global|replace)$/.test(tokens[index - 1]?.text ?? ''))
        return 'a temporary table would stay with the connection';
    }
    return refuseNumbered(tokens);
  },
};

/** `$1` would be taken for one of ours. */
export function refuseNumbered(tokens: readonly SqlToken[]): string | undefined {
  for (const [index, { text }] of tokens.entries())
    if (text === '$' && /^\d/.test(tokens[index + 1]?.text ?? '')) return 'a parameter is written ?';
  return undefined;
}
