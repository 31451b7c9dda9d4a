import type { Json, JsonObject } from '@agent-factory/sdk';
import type { ConditionFacts } from '@agent-factory/sdk/contracts';
import type { Path } from './scope.ts';

/** What is kept of a value: enough to understand a decision, not a copy of the data. */
const most = { characters: 200, items: 10, depth: 3 };

/** The values that lie at some places among the variables; those that are not there are left out. */
export function factsOf(paths: readonly Path[], variables: JsonObject): ConditionFacts {
  const facts: Record<string, Json> = {};
  for (const path of paths) {
    let value: unknown = variables;
    for (const part of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
        value = undefined;
        break;
      }
      value = (value as Readonly<Record<string | number, unknown>>)[part]; // it has it, as just seen
    }
    if (value !== undefined) facts[nameOf(path)] = cut(value as Json, 0); // a part of JSON is JSON
  }
  return facts;
}

function nameOf([variable, ...inside]: Path): string {
  const parts = inside.map((part) =>
    typeof part === 'string' && /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
  );
  return `${variable}${parts.join('')}`;
}

/** A value with long texts and lists cut; what was left out is said in words. */
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
