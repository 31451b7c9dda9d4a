import type { Json, JsonObject } from '@agent-factory/sdk';
import { cutFact, type ConditionFacts } from '@agent-factory/sdk/contracts';
import type { Path } from './scope.ts';

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
    if (value !== undefined) facts[nameOf(path)] = cutFact(value as Json); // a part of JSON is JSON
  }
  return facts;
}

function nameOf([variable, ...inside]: Path): string {
  const parts = inside.map((part) =>
    typeof part === 'string' && /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
  );
  return `${variable}${parts.join('')}`;
}
