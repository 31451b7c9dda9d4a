/** Any value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * A JSON Schema, draft 2020-12, as plain data.
 * Two annotations of our own: `"secret": true` marks a string that is wrapped as a {@link Secret} and never
 * printed; `"path": true` marks a string that names a file or folder relative to the config file, and beside it
 * `"reload": true` says that its content belongs to the configuration: a change restarts the plugin at the next
 * apply.
 * @see https://json-schema.org/draft/2020-12
 */
export type JsonSchema = { readonly [key: string]: unknown };

/** One thing wrong with a value, found by a {@link Validator}. */
export interface ValidationProblem {
  /** JSON Pointer (RFC 6901) to the offending place; `''` is the whole value. */
  readonly path: string;
  /** What is wrong, as a sentence without the path. */
  readonly message: string;
  /** What to do, where that is known ("Did you mean …?"). */
  readonly fix?: string;
}

/** Checks a value against one schema; an empty list means the value is valid. */
export type Validator = (value: unknown) => readonly ValidationProblem[];
