import { step } from './schema-walk.ts';

/** A place in a text file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds the place of a JSON Pointer; a pointer that leads nowhere gets the place of its nearest parent. */
export type Locate = (pointer: string) => Place | undefined;

/** Prepares to find places in JSON or YAML text. The text is only read at the first question. */
export function createLocate(text: string, format: 'json' | 'yaml'): Locate {
  let places: ReadonlyMap<string, Place> | undefined;
  return (pointer) => {
    places ??= format === 'json' ? scanJson(text).places : scanYaml(text);
    for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const place = places.get(at);
      if (place !== undefined) return place;
    }
    return { line: 1, column: 1 };
  };
}

/** Where JSON text stops being JSON, as near as brackets, commas and strings tell. */
export function jsonFault(text: string): Place | undefined {
  return scanJson(text).fault;
}

const jsonToken = /\s+|([{}[\],:])|("[^"\\]*(?:\\.[^"\\]*)*")|(-?\d[\w.+-]*|true|false|null)/y;

const deepest = 64;

interface Level {
  readonly pointer: string;
  readonly close: '}' | ']';
  index: number;
}

function scanJson(text: string): { readonly places: ReadonlyMap<string, Place>; readonly fault?: Place } {
  const places = new Map<string, Place>();
  const levels: Level[] = [];
  let line = 1;
  let lineStart = 0;
  let pointer = ''; // of the value that comes next
  let expect: 'value' | 'first' | 'key' | ':' | ',' = 'value';
  jsonToken.lastIndex = 0;
  while (jsonToken.lastIndex < text.length) {
    const start = jsonToken.lastIndex;
    const place = { line, column: start - lineStart + 1 };
    const [token, mark, quoted] = jsonToken.exec(text) ?? [];
    if (token === undefined) return { places, fault: place };
    if (token.trim() === '') {
      line += token.split('\n').length - 1;
      if (token.includes('\n')) lineStart = start + token.lastIndexOf('\n') + 1;
      continue;
    }
    const level = levels.at(-1);
    if (level !== undefined && mark === level.close && (expect === ',' || expect === 'first')) {
      levels.pop();
      expect = ',';
    } else if (expect === ',' && mark === ',' && level !== undefined) {
      expect = level.close === '}' ? 'key' : 'value';
      level.index++;
    } else if (expect === ':' && mark === ':') {
      expect = 'value';
    } else if (quoted !== undefined && level?.close === '}' && (expect === 'key' || expect === 'first')) {
      if (levels.length <= deepest) places.set((pointer = level.pointer + step(unquote(quoted))), place);
      expect = ':';
    } else if (
      (expect === 'value' || (expect === 'first' && level?.close === ']')) &&
      !/^[}\],:]$/.test(token)
    ) {
      if (level?.close === ']' && levels.length <= deepest)
        places.set((pointer = level.pointer + step(level.index)), place);
      if (mark !== undefined) levels.push({ pointer, close: mark === '{' ? '}' : ']', index: 0 });
      expect = mark === undefined ? ',' : 'first';
    } else return { places, fault: place };
  }
  if (expect === ',' && levels.length === 0) return { places };
  return { places, fault: { line, column: text.length - lineStart + 1 } };
}

const yamlKey =
  /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>%@`[{,?-][^#]*?|[?-][^\s#][^#]*?)\s*:(?:\s+|$)/;

interface Block {
  readonly indent: number;
  /** Of the collection the block's lines belong to. */
  readonly pointer: string;
  /** Next item's number in a list; -1 in a mapping. */
  index: number;
}

/** Block style only: what stands in flow style is found by its nearest parent's line. */
function scanYaml(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let blocks: Block[] = [];
  let open = ''; // pointer of the key or item whose value the next deeper line begins
  let scalarIndent = Infinity; // lines deeper than this continue a scalar or flow collection
  for (const [number, raw] of text.split('\n').entries()) {
    let rest = raw.trimEnd();
    let column = rest.search(/\S/);
    if (column === -1 || rest[column] === '#' || /^(---|\.\.\.|%)/.test(rest)) continue;
    if (column > scalarIndent) continue;
    scalarIndent = Infinity;
    rest = rest.slice(column);
    for (;;) {
      const isItem = /^-(\s|$)/.test(rest);
      // A list may stand at the indent of the key that holds it.
      blocks = blocks.filter(
        ({ indent, index }) => indent < column || (indent === column && (isItem || index === -1)),
      );
      const match = isItem ? /^-\s*/.exec(rest) : yamlKey.exec(rest.slice(0, 500));
      if (match === null) {
        scalarIndent = column;
        break;
      }
      let block = blocks.at(-1);
      if (block === undefined || block.indent !== column || isItem !== (block.index !== -1))
        blocks.push((block = { indent: column, pointer: open, index: isItem ? 0 : -1 }));
      open = block.pointer + step(isItem ? block.index++ : unquote(match[1] ?? ''));
      places.set(open, { line: number + 1, column: column + 1 });
      rest = rest.slice(match[0].length).replace(/^([&!]\S*\s*)+/, '');
      if (rest === '' || rest.startsWith('#')) break;
      if (isItem && (/^-(\s|$)/.test(rest) || yamlKey.test(rest.slice(0, 500)))) {
        column = raw.trimEnd().length - rest.length;
        continue;
      }
      scalarIndent = column;
      break;
    }
  }
  return places;
}

function unquote(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
