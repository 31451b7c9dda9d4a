import type { SqlDialect } from '@agent-factory/sdk/contracts';

/** What follows `IN` when one parameter holds the whole list; so the statement's text is always the same. */
export function inList(dialect: SqlDialect): string {
  return dialect === 'sqlite'
    ? '(SELECT value FROM json_each(?))'
    : '(SELECT json_array_elements_text(CAST(? AS json)))';
}

/** The parameter for {@link inList}. */
export function packList(values: readonly string[]): string {
  return JSON.stringify(values);
}
