import { sqlTokens } from './sql-tokens.ts';
import { nameOnRepeat } from './statement-name.ts';

/** How an `INSERT … VALUES (…)` takes many rows. */
export interface RowsPattern {
  /** Parameters of one row. */
  readonly params: number;
  /** Whether a row may be passed over, because of ON CONFLICT DO NOTHING. */
  readonly skips: boolean;
  /** The statement for this many rows, one of `sizes`. */
  of(rows: number): { readonly text: string; name(): string | undefined };
}

/** Rows of one statement: few sizes, so that each stays prepared. */
const sizes: readonly number[] = [256, 64, 16, 4];

/** The server takes no more parameters than this in one statement. */
const mostParams = 60_000;

/**
 * Finds out whether a statement adds one row from values alone, so that many of them, one after another, can go as one.
 * Not when it looks at rows (`SELECT`, `DO UPDATE`), which those before it may have changed, or gives rows back.
 */
export function rowsPattern(verb: string, text: string): RowsPattern | undefined {
  if (verb !== 'INSERT') return undefined;
  const tokens = sqlTokens(text);
  const start = tokens.findIndex((token) => token.kind === 'word' && token.text === 'values');
  const open = tokens[start + 1];
  if (start === -1 || open?.text !== '(') return undefined;
  if (
    tokens.some(
      ({ kind, text: word }) => kind === 'word' && /^(?:select|returning|with|table|update)$/.test(word),
    )
  )
    return undefined;
  let depth = 0;
  const end = tokens.findIndex((token, index) => {
    if (index <= start || token.kind !== 'sign') return false;
    if (token.text === '(') depth++;
    return token.text === ')' && --depth === 0;
  });
  const close = tokens[end];
  const next = tokens[end + 1];
  if (close === undefined || (next !== undefined && next.text !== 'on')) return undefined;
  const head = text.slice(0, open.start);
  const row = text.slice(open.start, close.end);
  const tail = text.slice(close.end);
  if (/\$\d/.test(head) || /\$\d/.test(tail)) return undefined;
  // Literals could hold what looks like a parameter.
  const places = sqlTokens(row).flatMap((token, index, all) =>
    token.text === '$' && /^\d+$/.test(all[index + 1]?.text ?? '') ? [all[index + 1]] : [],
  );
  const params = places.length;
  if (params === 0) return undefined;

  const numbered = (offset: number): string => {
    let result = '';
    let at = 0;
    for (const place of places) {
      if (place === undefined) continue;
      result += `${row.slice(at, place.start)}${Number(place.text) + offset}`;
      at = place.end;
    }
    return result + row.slice(at);
  };
  const made = new Map<number, { text: string; name(): string | undefined }>();
  return {
    params,
    skips: next !== undefined,
    of(rows) {
      let found = made.get(rows);
      if (found === undefined) {
        const list = Array.from({ length: rows }, (_, index) => numbered(index * params));
        found = { text: `${head}${list.join(', ')}${tail}`, name: nameOnRepeat() };
        made.set(rows, found);
      }
      return found;
    },
  };
}

/** The largest number of rows, of those that statements are made for, that fits. */
export function fittingSize(rows: number, params: number): number | undefined {
  return sizes.find((size) => size <= rows && size * params <= mostParams);
}
