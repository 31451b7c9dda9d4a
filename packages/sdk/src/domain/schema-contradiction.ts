import type { JsonSchema, ValidationProblem } from '../json.ts';

/**
 * Why no value can fit a JSON Schema, where that is evident without trying: bounds that exclude each other, an empty
 * enum, a required property that may not be there, a fixed value of another type. `undefined` when nothing was found;
 * that a value fits is not said by that.
 *
 * @example
 * ```ts
 * contradictionIn({ type: 'number', minimum: 2, maximum: 1 })?.message; // 'minimum 2 is above maximum 1'
 * ```
 */
export function contradictionIn(schema: unknown, path = ''): ValidationProblem | undefined {
  if (schema === false) return at(path, 'the schema is false, which nothing fits', 'Take it out.');
  if (!isSchema(schema)) return undefined;
  return (
    boundsProblem(schema, path) ??
    valuesProblem(schema, path) ??
    requiredProblem(schema, path) ??
    partsProblem(schema, path)
  );
}

const bounds: readonly (readonly [string, string])[] = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
  ['minContains', 'maxContains'],
];

function boundsProblem(schema: JsonSchema, path: string): ValidationProblem | undefined {
  for (const [low, high] of bounds) {
    const least = schema[low];
    const most = schema[high];
    if (typeof least === 'number' && typeof most === 'number' && least > most)
      return at(`${path}/${low}`, `${low} ${least} is above ${high} ${most}`, 'Exchange or widen them.');
  }
  const above = schema['exclusiveMinimum'];
  const below = schema['exclusiveMaximum'];
  const most = typeof below === 'number' ? below : schema['maximum'];
  const least = typeof above === 'number' ? above : schema['minimum'];
  const strict = typeof above === 'number' || typeof below === 'number';
  if (!strict || typeof least !== 'number' || typeof most !== 'number' || least < most) return undefined;
  return at(path, `no number is above ${least} and below ${most}`, 'Exchange or widen them.');
}

function valuesProblem(schema: JsonSchema, path: string): ValidationProblem | undefined {
  const { type } = schema;
  const list = schema['enum'];
  if (Array.isArray(list)) {
    if (list.length === 0)
      return at(`${path}/enum`, 'the list of values is empty', 'Name one, or take it out.');
    if (!list.some((value) => hasType(value, type)))
      return at(
        `${path}/enum`,
        `no value of the list is of type ${String(type)}`,
        'Mend the type or the values.',
      );
  }
  if ('const' in schema && !hasType(schema['const'], type))
    return at(`${path}/const`, `the value is not of type ${String(type)}`, 'Mend the type or the value.');
  return undefined;
}

function requiredProblem(schema: JsonSchema, path: string): ValidationProblem | undefined {
  const { required, properties, type } = schema;
  if (!Array.isArray(required) || (type !== undefined && type !== 'object')) return undefined;
  const known = isSchema(properties) ? properties : {};
  for (const [index, name] of required.entries()) {
    if (typeof name !== 'string') continue;
    const closed = schema['additionalProperties'] === false && schema['patternProperties'] === undefined;
    if (closed && !Object.hasOwn(known, name)) {
      const message = `"${name}" is required, and no property of that name is allowed`;
      return at(`${path}/required/${index}`, message, 'Add it to properties, or do not require it.');
    }
    const inside = type === 'object' && contradictionIn(known[name], `${path}/properties/${step(name)}`);
    if (inside) return inside;
  }
  return undefined;
}

/** Parts that every value has to fit. */
function partsProblem(schema: JsonSchema, path: string): ValidationProblem | undefined {
  const all = schema['allOf'];
  if (Array.isArray(all)) {
    for (const [index, part] of all.entries()) {
      const inside = contradictionIn(part, `${path}/allOf/${index}`);
      if (inside) return inside;
    }
  }
  for (const name of ['anyOf', 'oneOf']) {
    const some = schema[name];
    if (!Array.isArray(some)) continue;
    if (some.length === 0) return at(`${path}/${name}`, 'the list of alternatives is empty', 'Take it out.');
    const inside = some.map((part, index) => contradictionIn(part, `${path}/${name}/${index}`));
    if (inside.every((one) => one !== undefined)) return inside[0];
  }
  const needsItem =
    schema['type'] === 'array' && typeof schema['minItems'] === 'number' && schema['minItems'] > 0;
  return needsItem && !Array.isArray(schema['prefixItems'])
    ? contradictionIn(schema['items'], `${path}/items`)
    : undefined;
}

function hasType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  return [type].flat().some((one) => {
    if (one === 'null') return value === null;
    if (one === 'integer') return Number.isInteger(value);
    if (one === 'array') return Array.isArray(value);
    if (one === 'object') return isSchema(value);
    return typeof value === one;
  });
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function step(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function at(path: string, message: string, fix: string): ValidationProblem {
  return { path, message, fix };
}
