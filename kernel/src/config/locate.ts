import { step } from './schema-walk.ts';

/** Finds the line, from 1, of a JSON Pointer; one that leads nowhere gets the line of its nearest parent. */
export type Locate = (pointer: string) => number | undefined;

/** Where a key, or an item of a list (it has no key), begins; what is inside it follows and is deeper. */
interface Row {
  readonly line: number;
  readonly depth: number;
  readonly key?: string;
}

const deepest = 64;

/** Prepares to find lines in JSON or YAML text, which must be valid; it is read at the first question. */
export function createLocate(text: string, format: 'json' | 'yaml'): Locate {
  let lines: ReadonlyMap<string, number> | undefined;
  return (pointer) => {
    lines ??= linesOf(format === 'json' ? jsonRows(text) : yamlRows(text));
    let at = pointer;
    while (at !== '' && !lines.has(at)) at = at.slice(0, at.lastIndexOf('/'));
    return lines.get(at) ?? 1;
  };
}

/** Line by JSON Pointer. */
function linesOf(rows: readonly Row[]): Map<string, number> {
  const lines = new Map<string, number>();
  let above = [{ depth: -1, pointer: '', items: 0, isKey: true }];
  for (const { line, depth, key } of rows) {
    const isItem = key === undefined;
    // In YAML a list may stand as far left as the key that holds it.
    above = above.filter((one) => one.depth < depth || (one.depth === depth && isItem && one.isKey));
    const parent = above.at(-1);
    if (parent === undefined || above.length > deepest) continue;
    const pointer = parent.pointer + step(key ?? parent.items++);
    lines.set(pointer, line);
    above.push({ depth, pointer, items: 0, isKey: !isItem });
  }
  return lines;
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
