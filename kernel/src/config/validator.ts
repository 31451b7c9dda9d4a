import type { JsonSchema, ValidationProblem, Validator, ValidatorOptions } from '@agent-factory/sdk';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import semver from 'semver';
import { errors } from '../errors.ts';
import { closest } from '../suggest.ts';
import { hidesMarks, isRecord, pointerKeys, schemaBelow, step } from './schema-walk.ts';

const none: readonly ValidationProblem[] = Object.freeze([]);
const longest = 100;
const compilers = new Map<string, Ajv2020>();
const validators = new WeakMap<JsonSchema, Map<string, Validator>>();

/**
 * Compiles a JSON Schema (draft 2020-12) into a validator. Compiling costs milliseconds, so it waits for the
 * first call and happens once per schema object and options. The first call throws AF_SCHEMA_INVALID when the
 * schema itself is wrong. At most 100 problems are listed; no `secret` value is ever shown.
 */
export function compileValidator(schema: JsonSchema, options: ValidatorOptions = {}): Validator {
  const key = JSON.stringify([options.defaults ?? false, options.coerce ?? false]);
  const made = validators.get(schema) ?? new Map<string, Validator>();
  validators.set(schema, made);
  const known = made.get(key);
  if (known !== undefined) return known;
  let run: ValidateFunction | undefined;
  const validator: Validator = (value) => {
    run ??= compile(schema, key, options);
    return run(value) ? none : explain(run.errors ?? [], schema);
  };
  made.set(key, validator);
  return validator;
}

function compile(schema: JsonSchema, key: string, options: ValidatorOptions): ValidateFunction {
  const ajv = compilers.get(key) ?? createCompiler(options);
  compilers.set(key, ajv);
  try {
    return ajv.compile(schema);
  } catch (cause) {
    throw errors.AF_SCHEMA_INVALID(
      { reason: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  } finally {
    ajv.removeSchema(schema); // ajv would keep every schema for ever
  }
}

function createCompiler(options: ValidatorOptions): Ajv2020 {
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
    logger: { warn, log: warn, error: warn },
    keywords: ['secret', 'path', { keyword: 'semver', type: 'string', validate: isSemver }],
  });
  return ajv;
}

const semverAnswers = new Map<string, boolean>();

// Thousands of manifests ask about the same few texts.
function isSemver(kind: 'version' | 'range', text: string): boolean {
  const question = `${kind} ${text}`;
  let answer = semverAnswers.get(question);
  if (answer === undefined) {
    const isVersion = (): boolean => /^\d/.test(text) && semver.valid(text) !== null;
    answer = kind === 'version' ? isVersion() : semver.validRange(text) !== null;
    semverAnswers.set(question, answer);
  }
  return answer;
}

function explain(found: readonly ErrorObject[], root: JsonSchema): readonly ValidationProblem[] {
  const problems = new Map<string, ValidationProblem>();
  for (const error of found) {
    if (problems.size === longest) break;
    if (/^(if|propertyNames)$/.test(error.keyword)) continue; // what they found is listed by itself
    const problem = problemOf(error, root);
    problems.set(`${problem.path} ${problem.message}`, problem);
  }
  return [...problems.values()];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};
const unknownKey = (): string => 'is not known here';

/** What is wrong, by keyword of the schema; for the others ajv's own words are plain enough. */
const messages: Readonly<Record<string, (error: ErrorObject) => string>> = {
  required: () => 'is required',
  additionalProperties: unknownKey,
  unevaluatedProperties: unknownKey,
  type: ({ schema }) => `must be ${list(schema).map((type) => typeNames[type] ?? type).join(' or ')}`,
  enum: ({ schema }) => `must be one of ${JSON.stringify(schema).slice(1, -1).replaceAll(',', ', ')}`,
  const: ({ schema }) => `must be ${JSON.stringify(schema)}`,
  semver: ({ schema }) =>
    `must be ${schema === 'version' ? 'a version such as 1.0.0' : 'a semver range such as ^1.0.0'}`,
};

function problemOf(error: ErrorObject, root: JsonSchema): ValidationProblem {
  const { instancePath: path, keyword, data } = error;
  const message = messages[keyword]?.(error) ?? error.message ?? 'is not allowed';
  const params = error.params as Readonly<Record<string, string | undefined>>; // the three below are texts
  const child = params['missingProperty'] ?? error.propertyName;
  if (child !== undefined) return { path: path + step(child), message };
  const unknown = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (unknown !== undefined) {
    const known = Object.keys(error.parentSchema?.['properties'] ?? {}).sort();
    const fix = known.length === 0 ? 'Take it out.' : `Known are ${known.join(', ')}.`;
    return { path: path + step(unknown), message, fix: didYouMean(unknown, known) ?? fix };
  }
  const isShown = mayShow(path, root);
  const near = keyword === 'enum' && isShown ? didYouMean(String(data), list(error.schema)) : undefined;
  return { path, message: `${message}, got ${show(data, isShown)}`, ...(near && { fix: near }) };
}

function list(words: unknown): string[] {
  return [words].flat().map(String);
}

function didYouMean(word: string, known: readonly string[]): string | undefined {
  const near = closest(word, known);
  return near && `Did you mean "${near}"?`;
}

/** False for a secret, for where one belongs inside, and where it cannot be told. */
function mayShow(path: string, root: JsonSchema): boolean {
  const schema = pointerKeys(path).reduce(schemaBelow, root);
  return !hidesMarks(root) && !JSON.stringify(schema).includes('"secret":true');
}

function show(value: unknown, isShown: boolean): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  if (!isShown) return 'a value that is not shown';
  const text = String(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
