import type { Json } from '../json.ts';

/** What is kept of a value: enough to understand a decision, not a copy of the data. */
const most = { characters: 200, items: 10, depth: 3 };

/**
 * For evaluators: a value as it goes into {@link ConditionFacts}. Long texts and lists are cut, and what was left out is
 * said in words.
 */
export function cutFact(value: Json): Json {
  return isShort(value, 0) ? value : cut(value, 0);
}

/** Most values are, and then there is nothing to copy. */
function isShort(value: Json, depth: number): boolean {
  if (typeof value === 'string') return value.length <= most.characters;
  if (typeof value !== 'object' || value === null) return true;
  const items: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  if (items.length > most.items || (depth >= most.depth && items.length > 0)) return false;
  return items.every((each) => isShort(each, depth + 1));
}

function cut(value: Json, depth: number): Json {
  if (typeof value === 'string') {
    if (value.length <= most.characters) return value;
    return `${value.slice(0, most.characters).toWellFormed()}… (${value.length} characters)`;
  }
  if (typeof value !== 'object' || value === null) return value;
  const isList = Array.isArray(value);
  const entries: [string, Json][] = isList
    ? value.slice(0, most.items).map((each: Json, at: number) => [String(at), each])
    : Object.entries(value);
  const count = isList ? value.length : entries.length;
  if (depth >= most.depth && count > 0) return `… (${count} ${isList ? 'items' : 'entries'})`;
  const kept = entries.slice(0, most.items).map(([key, each]): [string, Json] => [key, cut(each, depth + 1)]);
  const left = count > most.items ? `… (${count - most.items} more)` : undefined;
  if (isList) return [...kept.map(([, each]) => each), ...(left === undefined ? [] : [left])];
  return Object.fromEntries(left === undefined ? kept : [...kept, ['…', left]]);
}
