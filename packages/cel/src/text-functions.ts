import { checkItems, checkText } from './arithmetic.ts';
import { CelFailure, noOverload } from './cel-failure.ts';
import type { Frame } from './frame.ts';
import { firstPlace, lastPlace } from './search-text.ts';

// Places and sizes are in code points, as CEL counts; where a text has none outside of the first plane, these are
// its UTF-16 code units, and nothing is taken apart.
const outside = /[\ud800-\udbff][\udc00-\udfff]/;

/** The text, and its length counted; its characters where they are not its code units. */
interface Taken {
  readonly all: string;
  readonly length: number;
  readonly characters: readonly string[] | undefined;
}

function take(frame: Frame, name: string, value: unknown): Taken {
  if (typeof value !== 'string') throw noOverload(`${name}()`, value);
  frame.charge(value.length >> 3);
  if (!outside.test(value)) return { all: value, length: value.length, characters: undefined };
  const characters = Array.from(value);
  frame.charge(value.length);
  return { all: value, length: characters.length, characters };
}

function cut({ all, characters }: Taken, from: number, to: number): string {
  return characters ? characters.slice(from, to).join('') : all.slice(from, to);
}

/** From code units to code points. */
function placeOf({ all, characters }: Taken, unit: number): number {
  return unit < 0 || characters === undefined ? unit : Array.from(all.slice(0, unit)).length;
}

/** From code points to code units. */
function unitOf({ characters }: Taken, place: number): number {
  return characters ? characters.slice(0, place).join('').length : place;
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw noOverload(`${name}()`, value);
}

function place(name: string, value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw noOverload(`${name}()`, value);
  if (value >= 0 && value <= most) return value;
  throw new CelFailure(`${name}() was given the place ${value}, and the text has ${most} characters`);
}

export function size(frame: Frame, value: unknown): number {
  if (typeof value === 'string') return take(frame, 'size', value).length;
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) throw noOverload('size()', value);
  const { length } = Object.keys(value);
  frame.charge(length);
  return length;
}

export function contains(frame: Frame, all: unknown, part: unknown): boolean {
  const within = text('contains', all);
  frame.charge(within.length >> 3);
  return firstPlace(within, text('contains', part), 0) >= 0;
}

export function startsWith(_: Frame, all: unknown, part: unknown): boolean {
  return text('startsWith', all).startsWith(text('startsWith', part));
}

export function endsWith(_: Frame, all: unknown, part: unknown): boolean {
  return text('endsWith', all).endsWith(text('endsWith', part));
}

export function lowerAscii(frame: Frame, value: unknown): string {
  const { all } = take(frame, 'lowerAscii', value);
  frame.charge(all.length >> 2);
  return all.replace(/[A-Z]+/g, (found) => found.toLowerCase());
}

export function upperAscii(frame: Frame, value: unknown): string {
  const { all } = take(frame, 'upperAscii', value);
  frame.charge(all.length >> 2);
  return all.replace(/[a-z]+/g, (found) => found.toUpperCase());
}

/** White space as Unicode has it; JavaScript's differs by two characters. */
export function trim(frame: Frame, value: unknown): string {
  const { all } = take(frame, 'trim', value);
  const isSpace = (unit: number): boolean => /[\t-\r\x85\p{Z}]/u.test(String.fromCharCode(unit));
  let [from, to] = [0, all.length];
  while (from < to && isSpace(all.charCodeAt(from))) from += 1;
  while (to > from && isSpace(all.charCodeAt(to - 1))) to -= 1;
  frame.charge(all.length - (to - from));
  return all.slice(from, to);
}

export function charAt(frame: Frame, value: unknown, index: unknown): string {
  const taken = take(frame, 'charAt', value);
  const at = place('charAt', index, taken.length);
  return cut(taken, at, at + 1);
}

export function indexOf(frame: Frame, value: unknown, part: unknown, from?: unknown): number {
  const taken = take(frame, 'indexOf', value);
  const wanted = text('indexOf', part);
  const start = from === undefined ? 0 : place('indexOf', from, taken.length);
  frame.charge(taken.all.length >> 3);
  return placeOf(taken, firstPlace(taken.all, wanted, unitOf(taken, start)));
}

export function lastIndexOf(frame: Frame, value: unknown, part: unknown, from?: unknown): number {
  const taken = take(frame, 'lastIndexOf', value);
  const wanted = text('lastIndexOf', part);
  const start = from === undefined ? taken.length : place('lastIndexOf', from, taken.length);
  frame.charge(taken.all.length >> 3);
  return placeOf(taken, lastPlace(taken.all, wanted, unitOf(taken, start)));
}

export function substring(frame: Frame, value: unknown, from: unknown, to?: unknown): string {
  const taken = take(frame, 'substring', value);
  const start = place('substring', from, taken.length);
  const end = to === undefined ? taken.length : place('substring', to, taken.length);
  if (start <= end) return cut(taken, start, end);
  throw new CelFailure(`substring() was told to begin at ${start} and to end at ${end}`);
}

export function replace(
  frame: Frame,
  value: unknown,
  part: unknown,
  other: unknown,
  limit?: unknown,
): string {
  const { all } = take(frame, 'replace', value);
  const [wanted, instead] = [text('replace', part), text('replace', other)];
  const most = limit === undefined ? -1 : count('replace', limit);
  const pieces = splitAt(frame, all, wanted, most < 0 ? Infinity : most + 1);
  checkText(all.length + (pieces.length - 1) * instead.length);
  frame.charge(pieces.length);
  return pieces.join(instead);
}

export function split(frame: Frame, value: unknown, separator: unknown, limit?: unknown): readonly string[] {
  const { all } = take(frame, 'split', value);
  const by = text('split', separator);
  const most = limit === undefined ? -1 : count('split', limit);
  if (most === 0) return [];
  const pieces = by === '' ? characters(all, most) : splitAt(frame, all, by, most < 0 ? Infinity : most);
  checkItems(pieces.length);
  frame.charge(pieces.length);
  return pieces;
}

export function join(frame: Frame, list: unknown, separator: unknown = ''): string {
  if (!Array.isArray(list)) throw noOverload('join()', list);
  const between = text('join', separator);
  frame.charge(list.length);
  let length = Math.max(0, list.length - 1) * between.length;
  for (const each of list) length += text('join', each).length;
  checkText(length);
  frame.charge(length >> 3);
  return list.join(between);
}

function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw noOverload(`${name}()`, value);
}

/** At most so many pieces; the last one holds the rest. An empty separator lies before, between and after all. */
function splitAt(frame: Frame, all: string, by: string, most: number): string[] {
  if (by === '')
    return most === 1
      ? [all]
      : ['', ...characters(all, most === Infinity ? -1 : most - 1), ...(most === Infinity ? [''] : [])];
  const pieces: string[] = [];
  let from = 0;
  while (pieces.length < most - 1) {
    const at = firstPlace(all, by, from);
    if (at < 0) break;
    pieces.push(all.slice(from, at));
    from = at + by.length;
    frame.charge(1);
  }
  pieces.push(all.slice(from));
  return pieces;
}

/** The characters; with a limit, the last piece holds the rest. */
function characters(all: string, most: number): string[] {
  const each = Array.from(all);
  if (most < 0 || each.length <= most) return each;
  return [...each.slice(0, most - 1), each.slice(most - 1).join('')];
}
