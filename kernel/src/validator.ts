import type { JsonSchema, ValidationProblem, Validator, ValidatorOptions } from '@agent-factory/sdk';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { errors } from './errors.ts';
import { isRecord, marked, pointerKeys, schemasAt, schemasBelow, step } from './schema-walk.ts';
import { closest } from './suggest.ts';

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
  const key = `${options.defaults ? 'd' : ''}${options.coerce ? 'c' : ''}`;
  const made = validators.get(schema) ?? new Map<string, Validator>();
  validators.set(schema, made);
  const known = made.get(key);
  if (known !== undefined) return known;
  let run: ValidateFunction | undefined;
  const validator: Validator = (value) => {
    run ??= compile(schema, key);
    return run(value) ? none : explain(run.errors ?? [], schema);
  };
  made.set(key, validator);
  return validator;
}

/** A problem as one line: path, what is wrong, and what to do. */
export function formatProblem(problem: ValidationProblem): string {
  const fix = problem.fix === undefined ? '' : ` ${problem.fix}`;
  return `${problem.path.slice(1) || 'the whole value'}: ${problem.message}.${fix}`;
}

function compile(schema: JsonSchema, key: string, strict = true): ValidateFunction {
  const ajv = compilers.get(key + String(strict)) ?? createCompiler(key, strict);
  compilers.set(key + String(strict), ajv);
  try {
    return ajv.compile(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const word = /unknown keyword: "(.*)"/.exec(reason)?.[1];
    const meant = word === undefined ? undefined : closest(word, Object.keys(ajv.RULES.keywords));
    // Strict mode is wanted for its catch of misspelt keywords; other people's annotations do no harm.
    if (strict && reason.startsWith('strict mode') && meant === undefined) return compile(schema, key, false);
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    throw errors.AF_SCHEMA_INVALID({ reason: reason.replace('strict mode: ', '') + hint }, { cause: error });
  } finally {
    ajv.removeSchema(schema); // ajv would keep every schema for ever
  }
}

function createCompiler(key: string, strict: boolean): Ajv2020 {
  return new Ajv2020({
    allErrors: true,
    verbose: true,
    strictSchema: strict,
    strictTypes: false,
    strictTuples: false,
    useDefaults: key.includes('d'),
    coerceTypes: key.includes('c'),
    meta: false,
    validateSchema: false, // compiling finds the same faults, and the meta-schema takes long to compile
    validateFormats: false,
    addUsedSchema: false,
    logger: false,
    keywords: ['secret', 'path'],
  });
}

function explain(found: readonly ErrorObject[], root: JsonSchema): readonly ValidationProblem[] {
  const problems = new Map<string, ValidationProblem>();
  for (const error of untangle(found)) {
    const problem = problemOf(error, root);
    if (problem !== undefined) problems.set(`${problem.path} ${problem.message}`, problem);
    if (problems.size === longest) break;
  }
  return [...problems.values()];
}

/** Of the errors of all branches of an anyOf or oneOf, keeps those of the one branch that was meant. */
function untangle(found: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = found.filter((error) => error.propertyName === undefined);
  if (kept.length > 10 * longest) kept = kept.slice(0, 10 * longest);
  for (const whole of kept.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const branches = (Array.isArray(whole.schema) ? whole.schema : []).map((branch: unknown, index) => {
      const reference = isRecord(branch) && typeof branch['$ref'] === 'string' ? branch['$ref'] : undefined;
      return kept.filter(
        (error) =>
          error.instancePath.startsWith(whole.instancePath) &&
          (error.schemaPath.startsWith(`${whole.schemaPath}/${index}/`) ||
            (reference !== undefined && error.schemaPath.startsWith(`${reference}/`))),
      );
    });
    const inside = new Set(branches.flat());
    const meant = branches.filter((list) => list.length > 0 && !list.some((error) => misses(error, whole)));
    const [only] = meant;
    if (meant.length === 1 && only !== undefined)
      kept = kept.filter((error) => only.includes(error) || (error !== whole && !inside.has(error)));
    else kept = kept.filter((error) => !inside.has(error));
  }
  return kept.filter(({ keyword }) => keyword !== 'if'); // what "then" found is listed by itself
}

function misses(error: ErrorObject, whole: ErrorObject): boolean {
  const deeper = pointerKeys(error.instancePath).length - pointerKeys(whole.instancePath).length;
  return deeper === 0
    ? /^(type|const|enum|anyOf|oneOf)$/.test(error.keyword)
    : error.keyword === 'const' && deeper === 1;
}

function problemOf(error: ErrorObject, root: JsonSchema): ValidationProblem | undefined {
  const { instancePath: path, keyword, params, data } = error;
  const rule: JsonSchema = isRecord(error.parentSchema) ? error.parentSchema : {};
  const text = (name: string): string => String(params[name]);
  switch (keyword) {
    case 'required':
      return { path: path + step(text('missingProperty')), message: 'is required' };
    case 'dependentRequired':
      return {
        path: path + step(text('missingProperty')),
        message: `is required beside "${text('property')}"`,
      };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = text(keyword === 'additionalProperties' ? 'additionalProperty' : 'unevaluatedProperty');
      const known = [...schemasAt(rule, root)].flatMap((part) => Object.keys(part['properties'] ?? {}));
      return { path: path + step(key), message: 'is not known here', ...suggestion(key, known) };
    }
    case 'propertyNames': {
      const names = isRecord(rule['propertyNames']) ? rule['propertyNames'] : {};
      return { path: path + step(text('propertyName')), message: `must be named by ${describe(names)}` };
    }
    case 'uniqueItems':
      return { path, message: 'must not hold the same item twice' };
    case 'false schema':
    case 'not':
      return { path, message: 'is not allowed here' };
    case 'anyOf':
    case 'oneOf': {
      if (keyword === 'oneOf' && Array.isArray(params['passingSchemas']))
        return { path, message: 'fits several of the allowed forms, and must fit one alone' };
      const expected = describeAll(error.schema);
      return { path, message: `must be ${expected}, got ${show(data, path, root, expected)}` };
    }
    default: {
      if (isRecord(data) ? keyword !== 'type' : /ontains|unevaluatedItems/.test(keyword))
        return { path, message: error.message ?? 'is not allowed' };
      const expected = describe(rule);
      const message = `must be ${expected}, got ${show(data, path, root, expected, /Length|Items/.test(keyword))}`;
      const words = Array.isArray(rule['enum'])
        ? rule['enum'].filter((word) => typeof word === 'string')
        : [];
      const near = typeof data === 'string' && !isSecret(path, root) ? closest(data, words) : undefined;
      return near === undefined ? { path, message } : { path, message, fix: `Did you mean "${near}"?` };
    }
  }
}

function suggestion(word: string, known: readonly string[]): { readonly fix: string } {
  const near = closest(word, known);
  if (near !== undefined) return { fix: `Did you mean "${near}"?` };
  return { fix: known.length === 0 ? 'Take it out.' : `Known are ${[...new Set(known)].sort().join(', ')}.` };
}

/** What a schema expects, in words. */
function describe(rule: JsonSchema): string {
  const forms = rule['anyOf'] ?? rule['oneOf'];
  if (Array.isArray(forms) && !('type' in rule)) return describeAll(forms);
  if (Array.isArray(rule['enum']))
    return `one of ${rule['enum'].map((one) => JSON.stringify(one)).join(', ')}`;
  if ('const' in rule) return JSON.stringify(rule['const']);
  const types =
    'type' in rule
      ? [rule['type']].flat()
      : impliedTypes.filter(([, words]) => words.some((word) => word in rule)).map(([type]) => type);
  if (types.length === 0) return 'another value';
  return types.map((type) => describeType(String(type), rule)).join(' or ');
}

function describeAll(forms: unknown): string {
  const list = (Array.isArray(forms) ? forms : []).map((form) => describe(isRecord(form) ? form : {}));
  return [...new Set(list)].join(' or ');
}

const impliedTypes: readonly (readonly [string, readonly string[]])[] = [
  ['string', ['minLength', 'maxLength', 'pattern']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
  ['array', ['items', 'minItems', 'maxItems']],
  ['object', ['properties', 'required']],
];

function describeType(type: string, rule: JsonSchema): string {
  if (type === 'boolean') return 'true or false';
  if (type === 'null') return 'null';
  if (type === 'object') return 'an object';
  if (type === 'array') return `a list${span(rule['minItems'], rule['maxItems'], ' of', ' items')}`;
  if (type === 'string') {
    const pattern = typeof rule['pattern'] === 'string' ? ` that matches ${rule['pattern']}` : '';
    return `text${span(rule['minLength'], rule['maxLength'], ' of', ' characters')}${pattern}`;
  }
  const noun = type === 'integer' ? 'a whole number' : 'a number';
  const above = 'exclusiveMinimum' in rule ? ` above ${String(rule['exclusiveMinimum'])}` : '';
  const below = 'exclusiveMaximum' in rule ? ` below ${String(rule['exclusiveMaximum'])}` : '';
  const multiple = 'multipleOf' in rule ? ` that is a multiple of ${String(rule['multipleOf'])}` : '';
  return noun + span(rule['minimum'], rule['maximum'], '', '') + above + below + multiple;
}

function span(least: unknown, most: unknown, before: string, after: string): string {
  const from = typeof least === 'number' ? least : undefined;
  const to = typeof most === 'number' ? most : undefined;
  if (from === 1 && to === undefined && after !== '') return ' that is not empty';
  if (from !== undefined && to !== undefined) return `${before || ' from'} ${from} to ${to}${after}`;
  if (from !== undefined) return `${before || ' of'} at least ${from}${after}`;
  return to === undefined ? '' : `${before || ' of'} at most ${to}${after}`;
}

function show(value: unknown, path: string, root: JsonSchema, expected: string, asLength = false): string {
  if (asLength && Array.isArray(value)) return `${value.length} items`;
  if (asLength && typeof value === 'string') return `${value.length} characters`;
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  if (isSecret(path, root)) return 'a value that is not shown';
  if (typeof value !== 'string') return String(value);
  if (/^an object|^a list/.test(expected)) return 'text'; // may be a secret that belongs inside
  return value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value);
}

function isSecret(path: string, root: JsonSchema): boolean {
  let schemas = schemasAt(root, root);
  for (const key of pointerKeys(path)) schemas = schemasBelow(schemas, key, root);
  return marked(schemas, 'secret');
}
