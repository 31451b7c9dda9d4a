import { errors } from './error-table.ts';

/**
 * A value as canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no white space, numbers as
 * ECMAScript prints them. Equal values give equal text on every machine, so the text can be hashed.
 *
 * Refuses (AF_JSON_INVALID) what JSON cannot hold: `undefined`, functions, bigint, `NaN` and infinities,
 * lone surrogates, instances of classes, cycles.
 *
 * @example
 * ```ts
 * canonicalJson({ b: 1e2, a: [true, null] }); // '{"a":[true,null],"b":100}'
 * ```
 */
export function canonicalJson(value: unknown): string {
  return write(value, [], []);
}

/** @param trail - keys and indexes that lead to the value, for errors */
function write(value: unknown, trail: string[], above: object[]): string {
  switch (typeof value) {
    case 'string':
      return text(value, trail);
    case 'number':
      if (!Number.isFinite(value)) throw refuse(trail, `${value} is no JSON number`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw refuse(trail, `it is of type ${typeof value}`);
  }
  if (value === null) return 'null';
  if (above.includes(value)) throw refuse(trail, 'it contains itself');
  above.push(value);
  const written = Array.isArray(value) ? list(value, trail, above) : record(value, trail, above);
  above.pop();
  return written;
}

function list(value: readonly unknown[], trail: string[], above: object[]): string {
  const items: string[] = [];
  // By index: a hole is found where `map` would skip it.
  for (let i = 0; i < value.length; i++) {
    trail.push(String(i));
    items.push(write(value[i], trail, above));
    trail.pop();
  }
  return `[${items.join(',')}]`;
}

function record(value: object, trail: string[], above: object[]): string {
  // Not compared with Object.prototype itself, so that objects of another realm pass.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refuse(trail, 'it is an instance of a class');
  }
  const members = value as Readonly<Record<string, unknown>>; // own keys alone are read
  let written = '';
  for (const key of Object.keys(members).sort()) {
    trail.push(key);
    if (written !== '') written += ',';
    written += `${text(key, trail)}:${write(members[key], trail, above)}`;
    trail.pop();
  }
  return `{${written}}`;
}

function text(value: string, trail: readonly string[]): string {
  if (!value.isWellFormed()) throw refuse(trail, 'its text holds half of a surrogate pair');
  return JSON.stringify(value);
}

function refuse(trail: readonly string[], reason: string): Error {
  const path = trail.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return errors.AF_JSON_INVALID({ path, reason });
}
