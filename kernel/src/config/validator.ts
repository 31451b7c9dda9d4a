import { createRequire } from 'node:module';
import { closest } from '@agent-factory/sdk';
import type { JsonSchema, ValidationProblem, Validator, ValidatorOptions } from '@agent-factory/sdk';
import type * as Ajv from 'ajv/dist/2020.js';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { errors } from '../errors.ts';
import { hidesMarks, isRecord, pointerKeys, schemaBelow, step } from './schema-walk.ts';
import { isSemver, surelyFits } from './surely-fits.ts';

const require = createRequire(import.meta.url);
const longest = 100;
/** Calls before a schema is worth compiling; most of a start's are used once. */
const trials = 100;
// Both by options.
const compilers = new Map<string, Ajv2020>();
type Made = readonly [validator: Validator, compiled: () => ValidateFunction];
const validators = new Map<string, WeakMap<JsonSchema, Made>>();

/**
 * Compiles a JSON Schema (draft 2020-12) into a validator. Compiling costs milliseconds, so it waits for the
 * first call that needs it and happens once per schema object and options; with `eager` it is done at once. A schema
 * that is wrong throws AF_SCHEMA_INVALID then. At most 100 problems are listed; no `secret` value is ever shown.
 */
export function compileValidator(schema: JsonSchema, options: ValidatorOptions = {}): Validator {
  const key = JSON.stringify([options.defaults ?? false, options.coerce ?? false]);
  const made = validators.get(key) ?? new WeakMap<JsonSchema, Made>();
  validators.set(key, made);
  const [validator, compiled] = made.get(schema) ?? create(schema, key, options);
  made.set(schema, [validator, compiled]);
  if (options.eager === true) compiled();
  return validator;
}

function create(schema: JsonSchema, key: string, options: ValidatorOptions): Made {
  let tried = options.defaults === true || options.coerce === true ? trials : 0; // those change the value
  let run: ValidateFunction | undefined;
  const compiled = (): ValidateFunction => (run ??= compile(schema, key, options));
  const validator: Validator = (value) => {
    if (tried++ < trials && surelyFits(schema, value)) return [];
    return compiled()(value) ? [] : explain(compiled().errors ?? [], schema);
  };
  return [validator, compiled];
}

/** What is wrong with a value: for the many schemas of a boot, which are used once and hardly ever complain. */
export function problemsIn(schema: JsonSchema, value: unknown): readonly ValidationProblem[] {
  return surelyFits(schema, value) ? [] : compileValidator(schema)(value);
}

function compile(schema: JsonSchema, key: string, options: ValidatorOptions): ValidateFunction {
  const ajv = compilers.get(key) ?? createAjv(options);
  compilers.set(key, ajv);
  try {
    return ajv.compile(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw errors.AF_SCHEMA_INVALID({ reason }, { cause });
  } finally {
    ajv.removeSchema(schema); // ajv would keep every schema for ever
  }
}

function createAjv(options: ValidatorOptions): Ajv2020 {
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof Ajv; // loaded so late because it takes long
  // Other people's annotations do no harm; a keyword that is nearly one of JSON Schema's is a mistake.
  const warn = (message: string): void => {
    const word = /unknown keyword: "(.*)"/.exec(message)?.[1] ?? '';
    const meant = closest(word, Object.keys(ajv.RULES.keywords));
    if (meant !== undefined) throw new Error(`unknown keyword "${word}"; did you mean "${meant}"?`);
  };
  const ajv: Ajv2020 = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictSchema: 'log',
    strictTypes: false,
    strictTuples: false,
    useDefaults: options.defaults ?? false,
    coerceTypes: options.coerce ?? false,
    meta: false,
    validateSchema: false, // compiling finds the same faults, and the meta-schema takes long to compile
    validateFormats: false,
    addUsedSchema: false,
    code: { optimize: false }, // takes a third of the compiling; V8 does better
    logger: { warn, log: warn, error: warn },
    keywords: ['secret', 'path', 'reload', { keyword: 'semver', type: 'string', validate: isSemver }],
  });
  return ajv;
}

function explain(found: readonly ErrorObject[], root: JsonSchema): readonly ValidationProblem[] {
  // What "if" and "propertyNames" found is listed by itself.
  const told = found
    .filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
    .slice(0, longest);
  const problems = told.map((error) => problemOf(error, root));
  return [...new Map(problems.map((problem) => [problem.path + problem.message, problem])).values()];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

/** What is wrong, by keyword of the schema; for the others ajv's own words are plain enough. */
const messages: Readonly<Record<string, (rule: unknown) => string>> = {
  required: () => 'is required',
  additionalProperties: () => 'is not known here',
  unevaluatedProperties: () => 'is not known here',
  type: (types) => `must be ${oneOf(types, (type) => typeNames[String(type)] ?? String(type), ' or ')}`,
  enum: (values) => `must be one of ${oneOf(values, (value) => JSON.stringify(value), ', ')}`,
  pattern: (pattern) => `must be text that matches ${String(pattern)}`,
  const: (value) => `must be ${JSON.stringify(value)}`,
  semver: (kind) =>
    `must be ${kind === 'version' ? 'a version such as 1.0.0' : 'a semver range such as ^1.0.0'}`,
};

function problemOf(error: ErrorObject, root: JsonSchema): ValidationProblem {
  const { instancePath: path, keyword, data, schema: rule } = error;
  const message = messages[keyword]?.(rule) ?? error.message ?? 'is not allowed';
  const params = error.params as Readonly<Record<string, string | undefined>>; // as far as asked here
  const child = params['missingProperty'] ?? error.propertyName;
  if (child !== undefined) return { path: path + step(child), message };
  const unknown = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (unknown !== undefined) {
    const known = Object.keys(error.parentSchema?.['properties'] ?? {}).sort();
    const fix = known.length === 0 ? 'Take it out.' : `Known are ${known.join(', ')}.`;
    return { path: path + step(unknown), message, fix: didYouMean(unknown, known) ?? fix };
  }
  // Not a secret, nor where one belongs inside, nor where that cannot be told.
  const schema = pointerKeys(path).reduce(schemaBelow, root);
  const isShown = !hidesMarks(root) && !JSON.stringify(schema).includes('"secret":true');
  const near =
    keyword === 'enum' && isShown ? didYouMean(String(data), [rule].flat().map(String)) : undefined;
  return { path, message: `${message}, got ${show(data, isShown)}`, ...(near && { fix: near }) };
}

function oneOf(values: unknown, write: (value: unknown) => string, between: string): string {
  return [values].flat().map(write).join(between);
}

function didYouMean(word: string, known: readonly string[]): string | undefined {
  const near = closest(word, known);
  return near && `Did you mean "${near}"?`;
}

function show(value: unknown, isShown: boolean): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  if (!isShown) return 'a value that is not shown';
  const text = String(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
