import type { JsonObject, ValidationProblem } from '@agent-factory/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** Compiles a schema of an OpenAPI document: by Ajv itself, so that a mistake of the platform cannot agree with itself. */
export function compileSchema(schema: JsonObject): (value: unknown) => readonly ValidationProblem[] {
  const check = ajv.compile(schema);
  return (value) => {
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message = '' }) => ({ path: instancePath, message }));
  };
}
