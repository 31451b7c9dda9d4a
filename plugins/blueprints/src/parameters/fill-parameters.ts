import { bindConstants, CelIssue } from '@agent-factory/cel';
import type { Json, JsonObject, JsonSchema, ValidationProblem } from '@agent-factory/sdk';
import { conditionSchema, expressionSchema } from '@agent-factory/sdk/domain';
import { isList, pointerStep } from '../json-value.ts';

/** Answers, and the names of all that is asked. */
export interface Answers {
  readonly values: JsonObject;
  readonly known: readonly string[];
}

/** A definition with parameters filled in, and what is wrong with those it names. */
export interface Filled {
  readonly value: Json;
  readonly problems: readonly ValidationProblem[];
}

/** Where a value stands: among data, as an expression, or inside what an evaluator of conditions understands. */
type Place = 'data' | 'expression' | 'condition';

const reference = /\$\$\{param:|\$\{param:([^}]*)\}/g;
const whole = /^\$\{param:([^}]*)\}$/;

/**
 * Puts answers in place of `${param:name}`, and in expressions in place of `param.name`. An answer stays data: it is
 * never read again for references, and in an expression it is a literal of the language. The schema says which values
 * are expressions.
 */
export function fillParameters(raw: Json, schema: JsonSchema, answers: Answers): Filled {
  const problems: ValidationProblem[] = [];
  const value = fill(raw, [schema], '', 'data', { ...answers, problems });
  return { value, problems };
}

interface Filling extends Answers {
  readonly problems: ValidationProblem[];
}

function fill(raw: Json, given: readonly JsonSchema[], path: string, above: Place, filling: Filling): Json {
  const schemas = given.flatMap(alternatives);
  const place = placeOf(raw, schemas, above);
  if (typeof raw === 'string') {
    return place === 'expression'
      ? filledExpression(raw, path, filling)
      : filledText(raw, path, place, filling);
  }
  if (isList(raw)) {
    return raw.map((item, index) => fill(item, below(schemas, 'items'), `${path}/${index}`, place, filling));
  }
  if (typeof raw !== 'object' || raw === null) return raw;
  const filled: Record<string, Json> = {};
  for (const [key, value] of Object.entries(raw)) {
    const at = `${path}/${pointerStep(key)}`;
    if (key.includes('${param:'))
      filling.problems.push({ path: at, message: 'has a parameter in its name', fix: 'Use it in values.' });
    // Not by assignment, for which some names are special.
    Object.defineProperty(filled, key, {
      value: fill(value, below(schemas, 'properties', key), at, place, filling),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return filled;
}

function placeOf(raw: Json, schemas: readonly JsonSchema[], above: Place): Place {
  if (above === 'condition') return 'condition';
  // The schemas of expressions are the same objects wherever an expression may stand.
  if (typeof raw === 'string') return schemas.includes(expressionSchema) ? 'expression' : above;
  return schemas.includes(conditionSchema) ? 'condition' : above;
}

/** A schema, and all that may count beside it. */
function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  // Schemas of ours: these keywords hold schemas.
  const lists = ['oneOf', 'anyOf', 'allOf'].flatMap((key) => (schema[key] ?? []) as readonly JsonSchema[]);
  const single = ['then', 'else'].flatMap((key) =>
    schema[key] === undefined ? [] : [schema[key] as JsonSchema],
  );
  return [schema, ...[...lists, ...single].flatMap(alternatives)];
}

function below(
  schemas: readonly JsonSchema[],
  keyword: 'items' | 'properties',
  key = '',
): readonly JsonSchema[] {
  return schemas.flatMap((schema) => {
    const found = schema[keyword] as JsonSchema | undefined; // a schema, or schemas by name
    if (keyword === 'items') return found ? [found] : [];
    const named = found && Object.hasOwn(found, key) ? found[key] : schema['additionalProperties'];
    return typeof named === 'object' && named !== null ? [named as JsonSchema] : []; // not a boolean
  });
}

function filledExpression(raw: string, path: string, { values, known, problems }: Filling): Json {
  if (raw.includes('${param:')) {
    const fix = 'Write param.name in an expression.';
    problems.push({ path, message: 'has ${param:…} in an expression', fix });
    return raw;
  }
  try {
    return bindConstants(raw, 'param', values);
  } catch (error) {
    if (!(error instanceof CelIssue)) throw error;
    // What is wrong beside parameters is told by whoever compiles it.
    if (!/param/.test(error.message)) return raw;
    const fix = `The blueprint asks for: ${known.join(', ') || 'nothing'}.`;
    problems.push({ path, message: `${error.message} (at character ${error.offset + 1})`, fix });
    return raw;
  }
}

function filledText(raw: string, path: string, place: Place, filling: Filling): Json {
  const alone = whole.exec(raw)?.[1];
  if (alone !== undefined) {
    const value = answer(alone, path, filling);
    if (value === undefined) return raw;
    if (place === 'condition' && typeof value !== 'number' && typeof value !== 'boolean') {
      const fix = 'Only a number or a boolean can be put into a condition.';
      filling.problems.push({ path, message: `has the parameter "${alone}" in a condition`, fix });
    }
    return value;
  }
  return raw.replace(reference, (all, name?: string) => {
    if (name === undefined) return '${param:';
    const value = answer(name, path, filling);
    if (value === undefined) return all;
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (isScalar && place !== 'condition') return String(value);
    const message = `has the parameter "${name}" inside a text, where ${place === 'condition' ? 'a condition' : 'only text or a number'} stands`;
    filling.problems.push({ path, message, fix: 'Make it the whole value.' });
    return all;
  });
}

function answer(name: string, path: string, { values, known, problems }: Filling): Json | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  const message = known.includes(name)
    ? `needs the parameter "${name}", which has no value`
    : `names the parameter "${name}", which the blueprint does not ask for`;
  const fix = known.includes(name)
    ? 'Give it, or give it a default in blueprint.yaml.'
    : `It asks for: ${known.join(', ') || 'nothing'}.`;
  problems.push({ path, message, fix });
  return undefined;
}
