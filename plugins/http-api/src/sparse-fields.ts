import { parse } from 'node:querystring';
import type { Json, JsonObject, JsonSchema, PluginContext, ValidationProblem } from '@agent-factory/sdk';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import { refuseProblems } from './problem.ts';

/** What is asked for of an object, by name: what of that, or, where nothing is said, all of it. */
export interface Fields extends ReadonlyMap<string, Fields | undefined> {}

type Tree = Map<string, Tree | undefined>;

const name = 'fields';
/** What is beside the list in a page. */
const paging: ReadonlySet<string> = new Set(['next']);
const fieldPattern = '^[^\\s\\p{Cc},.]+(?:[.,][^\\s\\p{Cc},.]+)*$';
const longest = 1000;
const pattern = new RegExp(fieldPattern, 'u');

/** The parameter, as routes would declare it. */
export const fieldsSchema: JsonSchema = {
  type: 'string',
  pattern: fieldPattern,
  maxLength: longest,
  description:
    'Only these fields, by commas, and `a.b` for what is within; of a page, those of its items. What is not asked for ' +
    'is left out, required or not.',
};

/** Whether a route takes `fields`: one of the API that reads a JSON object, and has no parameter of that name. */
export function takesFields(route: HttpRoute): boolean {
  return answerSchemaOf(route) !== undefined;
}

function answerSchemaOf({ method, path, query, responses, problemBody }: HttpRoute): JsonSchema | undefined {
  if (method !== 'GET' || !path.startsWith('/api/v1/') || problemBody) return undefined;
  if (Object.hasOwn(Object(query?.['properties']) as object, name)) return undefined;
  const [, spec] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? [];
  if (spec?.schema?.['type'] !== 'object' || (spec.contentType ?? 'application/json') !== 'application/json')
    return undefined;
  return spec.schema;
}

/**
 * Makes what reads `fields` from the target of a request, where the route takes them; `undefined` stands for all. Throws
 * AF_HTTP_REQUEST_INVALID for what is no list of names, and for names that the schema of the answer has not.
 */
export function createFieldsReader(
  route: HttpRoute,
  validator: PluginContext['validator'],
): ((target: string) => Fields | undefined) | undefined {
  const schema = answerSchemaOf(route);
  if (!schema) return undefined;
  const list = pageListOf(schema);
  // Made when first asked for: few routes ever are.
  let check: ((asked: JsonObject) => readonly ValidationProblem[]) | undefined;
  return (target) => {
    const start = target.indexOf('?');
    const given = start === -1 ? undefined : parse(target.slice(start + 1))[name];
    if (given === undefined) return undefined;
    if (typeof given !== 'string' || given.length > longest || !pattern.test(given))
      refuseProblems([
        {
          path: `/query/${name}`,
          message: `must be names by commas, of ${longest} characters together at most`,
          fix: 'Write them as in id,limits.turns.',
        },
      ]);
    const asked = treeOf(given);
    check ??= validator(namesWithin(list === undefined ? schema : propertiesOf(schema)[list]));
    const found = check(writtenOut(asked));
    if (found.length > 0) refuseProblems(found.map((one) => ({ ...one, path: `/query/${name}${one.path}` })));
    if (list === undefined) return asked;
    return new Map([[list, asked], ...[...paging].map((one) => [one, undefined] as const)]);
  };
}

/** What is asked for of a value: of lists, of each item. What is no object has no fields, and stays. */
export function onlyFields(value: Json, fields: Fields): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => onlyFields(item, fields));
  const kept: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (!fields.has(key)) continue;
    const inside = fields.get(key);
    kept.push([key, inside ? onlyFields(member, inside) : member]);
  }
  return Object.fromEntries(kept);
}

/** The name of the list that a page is about: there is one, of objects, and beside it only what leads to the next page. */
function pageListOf(schema: JsonSchema): string | undefined {
  const [only, ...others] = Object.entries(propertiesOf(schema)).filter(([key]) => !paging.has(key));
  if (only?.[1]['type'] !== 'array' || others.length > 0) return undefined;
  return (Object(only[1]['items']) as JsonSchema)['type'] === 'object' ? only[0] : undefined;
}

function treeOf(text: string): Tree {
  const root: Tree = new Map();
  for (const path of text.split(',')) {
    const parts = path.split('.');
    let at: Tree | undefined = root;
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1) at.set(part, undefined);
      else if (!at.has(part)) at.set(part, new Map());
      at = at.get(part);
      // All of it is asked for, so also what is within.
      if (!at) break;
    }
  }
  return root;
}

/** The names as an object, to be checked as one. */
function writtenOut(fields: Fields): JsonObject {
  return Object.fromEntries([...fields].map(([key, inside]) => [key, inside ? writtenOut(inside) : true]));
}

const anything: JsonSchema = {};
const nothingInside: JsonSchema = { properties: {}, additionalProperties: false };
const plainTypes: ReadonlySet<unknown> = new Set(['string', 'integer', 'number', 'boolean', 'null']);

/** Which names there are in what a schema describes: closed where the schema is, and where there can be none. */
function namesWithin(schema: JsonSchema | undefined): JsonSchema {
  if (!schema || '$ref' in schema || 'patternProperties' in schema) return anything;
  const items = schema['items'];
  if (typeof items === 'object' && items !== null) return namesWithin(items as JsonSchema); // a schema, in an answer
  const branches = ['oneOf', 'anyOf', 'allOf'].flatMap((keyword) => (schema[keyword] ?? []) as JsonSchema[]); // as JSON Schema says
  const types = [schema['type']].flat();
  if (branches.length === 0 && types.every((type) => plainTypes.has(type))) return nothingInside;
  if (branches.length > 0 || schema['additionalProperties'] !== false) return anything;
  const inside = Object.entries(propertiesOf(schema)).map(
    ([key, inner]) => [key, namesWithin(inner)] as const,
  );
  return { properties: Object.fromEntries(inside), additionalProperties: false };
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema['properties'] ?? {}) as Record<string, JsonSchema>; // JSON Schema says so
}
