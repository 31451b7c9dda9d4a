import type { JsonSchema, PluginContext, ValidationProblem } from '@agent-factory/sdk';
import { contradictionIn } from '@agent-factory/sdk/domain';
import { schemaProblems } from '../definition/schema-problems.ts';

/** What is wrong with a schema that must be that of an object, and one that something can fit. */
export function objectSchemaProblems(
  schema: JsonSchema,
  path: string,
  validator: PluginContext['validator'],
): readonly ValidationProblem[] {
  const broken = schemaProblems([[path, schema]], validator);
  if (broken.length > 0) return broken;
  if (schema['type'] !== 'object') {
    const fix = 'Put what is wanted into a property of an object.';
    return [{ path, message: 'must be the schema of an object', fix }];
  }
  const found = contradictionIn(schema, path);
  return found ? [found] : [];
}
