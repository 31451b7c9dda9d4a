import { errors } from './error-table.ts';
import type { JsonSchema } from './json.ts';

/**
 * A schema of any library that speaks Standard Schema, such as Zod, Valibot or ArkType; with its JSON Schema, where the
 * library gives that too.
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      input(options: { readonly target: string }): JsonSchema;
      output(options: { readonly target: string }): JsonSchema;
    };
  };
}

/** What validating gave. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing wrong with a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Whether a schema is one of a library, and no JSON Schema. */
export function isStandardSchema(schema: StandardSchema | JsonSchema): schema is StandardSchema {
  return '~standard' in schema;
}

/** The JSON Schema of a library's schema; AF_SCHEMA_NO_JSON where the library does not give it. */
export function jsonSchemaOf(schema: StandardSchema | JsonSchema, direction: 'input' | 'output'): JsonSchema {
  if (!isStandardSchema(schema)) return schema;
  const { vendor, jsonSchema } = schema['~standard'];
  if (!jsonSchema) throw errors.AF_SCHEMA_NO_JSON({ vendor });
  const { $schema: _draft, ...rest } = jsonSchema[direction]({ target: 'draft-2020-12' });
  return rest;
}

/** The value as the schema gives it, defaults and conversions included; AF_SCHEMA_VALUE_INVALID when it does not fit. */
export async function parseWith<Output>(schema: StandardSchema<Output>, value: unknown): Promise<Output> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const list = result.issues.slice(0, 10).map(({ message, path = [] }) => {
    const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
    return `${steps.join('/') || 'it'}: ${message}`;
  });
  throw errors.AF_SCHEMA_VALUE_INVALID({ problems: list.join('; ') });
}
