import type { Json, JsonObject } from '@agent-factory/sdk';
import type { BlueprintPart } from '@agent-factory/sdk/contracts';
import { asObject, isList } from '../json-value.ts';
import { keyOf } from '../install/part.ts';

/** Keys of the parts that a definition names. Tools are named as they are called, not as they are registered. */
export function referencesOf(part: BlueprintPart, value: JsonObject): readonly string[] {
  if (part === 'agent') {
    const handoffs = objects(value['handoffs']).map(({ target }) => target);
    return [
      ...keys('agent', [...items(value['agents']), ...handoffs]),
      ...keys('tool', items(value['tools'])),
      ...keys('knowledge', items(value['knowledge'])),
    ];
  }
  if (part === 'router') return keys('agent', Object.keys(asObject(value['agents']) ?? {}));
  if (part !== 'workflow') return [];
  const nodes = objects(value['nodes']);
  return [
    ...keys(
      'agent',
      nodes.map(({ agent }) => agent),
    ),
    ...keys(
      'tool',
      nodes.map(({ tool }) => tool),
    ),
    ...keys(
      'workflow',
      nodes.map(({ workflow }) => workflow),
    ),
  ];
}

function keys(part: BlueprintPart, names: readonly (Json | undefined)[]): readonly string[] {
  return names.flatMap((name) => (typeof name === 'string' ? [keyOf({ part, name })] : []));
}

function items(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return items(value)
    .map((one) => asObject(one))
    .filter((one) => one !== undefined);
}
