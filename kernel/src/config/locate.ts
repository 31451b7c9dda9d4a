import { pointerKeys } from './schema-walk.ts';

/** Finds the line, from 1, of a JSON Pointer; one that leads nowhere gets the line of its nearest parent. */
export type Locate = (pointer: string) => number | undefined;

/** A key, or an item of a list (without key), where it begins; what is inside it follows and is deeper. */
interface Row {
  readonly line: number;
  readonly depth: number;
  readonly key?: string;
}

/** Prepares to find lines in JSON or YAML text, which is known to be valid and read at the first question. */
export function createLocate(text: string, format: 'json' | 'yaml'): Locate {
  let rows: readonly Row[] | undefined;
  return (pointer) => {
    rows ??= format === 'json' ? jsonRows(text) : yamlRows(text);
    let at = -1;
    for (const key of pointerKeys(pointer)) {
      const inside = childrenOf(rows, at);
      const isList = inside.length > 0 && rows[inside[0] ?? 0]?.key === undefined;
      const found = isList ? inside[Number(key)] : inside.find((row) => rows?.[row]?.key === key);
      if (found === undefined) break;
      at = found;
    }
    return rows[at]?.line ?? 1;
  };
}

/** Numbers of the rows directly inside the row `parent`; -1 is the whole text. */
function childrenOf(rows: readonly Row[], parent: number): number[] {
  const above = rows[parent] ?? { depth: -1 };
  const first = rows[parent + 1];
  // In YAML a list may stand as far left as the key that holds it.
  const isHanging = first?.depth === above.depth && first.key === undefined && above.key !== undefined;
  if (first === undefined || (first.depth <= above.depth && !isHanging)) return [];
  const found: number[] = [];
  for (let at = parent + 1; (rows[at]?.depth ?? -1) >= first.depth; at++) {
    const row = rows[at];
    const isSameKind = (row?.key === undefined) === (first.key === undefined);
    if (row?.depth === first.depth && isSameKind) found.push(at);
  }
  return found;
}

const jsonToken = /"(?:[^"\\]|\\.)*"(?=\s*(:)?)|[^\s"[\]{},:]+|[[\]{}\n]/g;

function jsonRows(text: string): Row[] {
  const rows: Row[] = [];
  const open: string[] = [];
  let line = 1;
  for (const [token, colon] of text.matchAll(jsonToken)) {
    const place = { line, depth: open.length };
    if (token === '\n') line++;
    else if (token === ']' || token === '}') open.pop();
    else if (colon !== undefined) rows.push({ ...place, key: String(JSON.parse(token)) });
    else if (open.at(-1) === '[') rows.push(place);
    if (token === '[' || token === '{') open.push(token);
  }
  return rows;
}

const yamlKey = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#[{|>&*!][^#]*?)\s*:(?:\s+|$)/;
const yamlNote = /^([&!]\S*\s*)*(#.*)?$/;

/** Block style only: what stands in flow style is found by its nearest parent's line. */
function yamlRows(text: string): Row[] {
  const rows: Row[] = [];
  let scalar = Infinity; // lines deeper than this go on with a scalar or a flow collection
  for (const [index, raw] of text.split('\n').entries()) {
    let rest = raw.trim();
    let depth = raw.search(/\S/);
    if (/^(#|---|\.\.\.|%|$)/.test(rest) || depth > scalar) continue;
    scalar = depth;
    while (/^-(\s|$)/.test(rest)) {
      rows.push({ line: index + 1, depth });
      scalar = depth;
      const item = rest.slice(1).trimStart();
      depth += rest.length - item.length;
      rest = item;
    }
    const [start = '', key] = yamlKey.exec(rest.slice(0, 500)) ?? [];
    if (key !== undefined) {
      rows.push({ line: index + 1, depth, key: key.replace(/^(["'])(.*)\1$/, '$2') });
      scalar = depth;
    }
    if (yamlNote.test(rest.slice(start.length))) scalar = Infinity;
  }
  return rows;
}

/** The line in which text stops being JSON, where the parser tells. */
export function jsonFault(text: string): number | undefined {
  const told = /\(line (\d+)/.exec(parserError(text))?.[1];
  if (told !== undefined) return Number(told);
  // Of an unexpected token it tells no place, so the text is tried line by line.
  const lines = text.split('\n');
  const upTo = (line: number): string => lines.slice(0, line).join('\n');
  const at = lines.findIndex((_, line) => parserError(upTo(line + 1)).startsWith('Unexpected token'));
  return at === -1 ? undefined : at + 1;
}

function parserError(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return String(error).replace('SyntaxError: ', '');
  }
}
