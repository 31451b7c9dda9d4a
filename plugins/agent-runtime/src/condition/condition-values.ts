import type { Json, JsonObject } from '@agent-factory/sdk';
import type { CompiledCondition } from '@agent-factory/sdk/contracts';
import type { ReadyMapping } from './condition-compiler.ts';
import { decide } from './conditions.ts';

/** The value of an expression. */
export async function valueOf(condition: CompiledCondition, variables: JsonObject): Promise<Json> {
  return (await decide(condition, variables)).value;
}

/** What a mapping makes of the variables. */
export async function valuesOf(mapping: ReadyMapping, variables: JsonObject): Promise<JsonObject> {
  const made: Record<string, Json> = {};
  for (const [name, condition] of mapping) made[name] = await valueOf(condition, variables);
  return made;
}
