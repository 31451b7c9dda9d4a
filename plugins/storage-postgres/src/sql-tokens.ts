/** A piece of a statement; white space and comments are left out. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'literal' | 'placeholder' | 'sign';
  /** A word in lower case, the name inside quotes, or the text itself. */
  readonly text: string;
  /** Where it begins and ends in the statement. */
  readonly start: number;
  readonly end: number;
}

// White space is ASCII alone, a comment ends with either end of a line, and a string with escapes goes on after one, still
// with escapes: what is read otherwise than the server reads it could hide a statement from its rules.
const space = String.raw`(?<space>[ \t\n\r\f\v]+|--[^\n\r]*)`;
const escaped = String.raw`'(?:[^'\\]|\\[^]|'')*'`;
const goesOn = String.raw`(?:(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*${escaped})*`;
const plain = String.raw`(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'`;
const letter = String.raw`A-Za-z_\u0080-\uffff`;
const dollars = String.raw`\$(?<tag>(?:[${letter}][\w\u0080-\uffff]*)?)\$[^]*?\$\k<tag>\$`;
const literal = String.raw`(?<literal>[eE]${escaped}${goesOn}|${plain}|${dollars}|\.?\d[\w.]*)`;
const name = String.raw`(?<quoted>(?:[uU]&)?"(?:[^"]|"")*")|(?<word>[${letter}][\w$\u0080-\uffff]*)`;
const pieces = new RegExp(
  String.raw`${space}|(?<comment>\/\*)|${literal}|${name}|(?<placeholder>\?)|(?<sign>[^])`,
  'gy',
);

/**
 * Splits PostgreSQL's SQL, as it is read with `standard_conforming_strings`. What is not closed comes out as single
 * signs, and the server says what is wrong with it.
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function sqlTokens(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  pieces.lastIndex = 0;
  while (pieces.lastIndex < sql.length) {
    const start = pieces.lastIndex;
    const groups = pieces.exec(sql)?.groups;
    if (groups === undefined) break; // every character is a piece
    if (groups['comment'] !== undefined) {
      pieces.lastIndex = endOfComment(sql, start);
      continue;
    }
    if (groups['space'] !== undefined) continue;
    const end = pieces.lastIndex;
    const { literal, quoted, word, placeholder } = groups;
    if (literal !== undefined) tokens.push({ kind: 'literal', text: literal, start, end });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: nameIn(quoted), start, end });
    else if (word !== undefined) tokens.push({ kind: 'word', text: folded(word), start, end });
    else
      tokens.push({
        kind: placeholder === undefined ? 'sign' : 'placeholder',
        text: sql.slice(start, end),
        start,
        end,
      });
  }
  return tokens;
}

/** Comments lie in one another. */
function endOfComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length;) {
    const two = sql.slice(at, at + 2);
    if (two === '/*') depth++;
    else if (two === '*/') depth--;
    at += two === '/*' || two === '*/' ? 2 : 1;
    if (depth === 0) return at;
  }
  return sql.length;
}

/** The server makes the letters of ASCII small, and no others. */
function folded(word: string): string {
  return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function nameIn(quoted: string): string {
  return quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted;
}

/** The statements of a text, without the `;` between them. */
export function splitStatements(
  sql: string,
): readonly { readonly text: string; readonly tokens: readonly SqlToken[] }[] {
  const statements: { text: string; tokens: SqlToken[] }[] = [];
  let tokens: SqlToken[] = [];
  const close = (): void => {
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first && last) statements.push({ text: sql.slice(first.start, last.end), tokens });
    tokens = [];
  };
  // The body of a function written in SQL itself (BEGIN ATOMIC … END) holds semicolons too.
  let atomic = 0;
  for (const token of sqlTokens(sql)) {
    if (token.kind === 'word') {
      if (token.text === 'atomic') atomic = 1;
      else if (atomic > 0 && token.text === 'case') atomic++;
      else if (atomic > 0 && token.text === 'end') atomic--;
    }
    if (token.kind === 'sign' && token.text === ';' && atomic === 0) close();
    else tokens.push(token);
  }
  close();
  return statements;
}
