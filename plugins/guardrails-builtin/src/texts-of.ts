import type { Json } from '@agent-factory/sdk';
import type { GuardrailSpan } from '@agent-factory/sdk/domain';

/** Something found in one text. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** Looks at a text; `key` is the name it stands under, where it is in an object (lists in between do not matter). */
export type Find = (text: string, key: string) => readonly Found[];

const nothing: readonly GuardrailSpan[] = [];

/** Everything that `find` finds in the texts of a value; numbers are looked at as they are written. */
export function findIn(value: Json, find: Find): readonly GuardrailSpan[] {
  if (typeof value === 'string') {
    const found = find(value, '');
    return found.length === 0 ? nothing : found.map((each) => ({ path: '', ...each }));
  }
  const spans: GuardrailSpan[] = [];
  walk(value, '', '', find, spans);
  return spans;
}

function walk(value: Json, path: string, key: string, find: Find, spans: GuardrailSpan[]): void {
  if (typeof value === 'string' || typeof value === 'number') {
    for (const found of find(String(value), key)) spans.push({ path, ...found });
  } else if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) walk(each as Json, `${path}/${at}`, key, find, spans);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value))
      walk(each, `${path}/${escaped(name)}`, name, find, spans);
  }
}

/** The value with each span replaced by `[its kind]`; a number that has one becomes 0, so that it stays a number. */
export function redacted(value: Json, spans: readonly GuardrailSpan[]): Json {
  const byPath = Map.groupBy(spans, ({ path }) => path);
  return replace(value, '', byPath);
}

function replace(value: Json, path: string, spans: ReadonlyMap<string, readonly GuardrailSpan[]>): Json {
  if (typeof value === 'string') {
    const here = spans.get(path);
    return here ? cutOut(value, here) : value;
  }
  if (typeof value === 'number') return spans.has(path) ? 0 : value;
  if (Array.isArray(value)) return value.map((each: Json, at) => replace(each, `${path}/${at}`, spans));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, replace(each, `${path}/${escaped(name)}`, spans)]),
  );
}

function cutOut(text: string, spans: readonly GuardrailSpan[]): string {
  let made = '';
  let from = 0;
  for (const { start, end, kind } of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (end <= from) continue; // within one before
    if (start >= from) made += `${text.slice(from, start)}[${kind}]`;
    from = end;
  }
  return made + text.slice(from);
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
