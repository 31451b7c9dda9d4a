import type { Json, JsonObject } from '@agent-factory/sdk';
import { cutFact, type ConditionFacts } from '@agent-factory/sdk/contracts';
import type { Path } from './scope.ts';

/** Makes what reads the values that lie at some places among the variables; those that are not there are left out. */
export function factsAt(paths: readonly Path[]): (variables: JsonObject) => ConditionFacts {
  const places = paths.map((path) => ({ name: nameOf(path), path }));
  return (variables) => {
    const facts: Record<string, Json> = {};
    for (const { name, path } of places) {
      const value = valueAt(path, variables);
      if (value !== undefined) facts[name] = cutFact(value);
    }
    return facts;
  };
}

function valueAt(path: Path, variables: JsonObject): Json | undefined {
  let value: unknown = variables;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[part]; // it has it, as just seen
  }
  return value as Json; // a part of JSON is JSON
}

function nameOf([variable, ...inside]: Path): string {
  const parts = inside.map((part) =>
    typeof part === 'string' && /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
  );
  return `${variable}${parts.join('')}`;
}
