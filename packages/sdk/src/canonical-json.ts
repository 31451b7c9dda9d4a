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
  return write(value, '', []);
}

function write(value: unknown, path: string, above: object[]): string {
  switch (typeof value) {
    case 'string':
      return text(value, path);
    case 'number':
      if (!Number.isFinite(value)) throw refuse(path, `${value} is no JSON number`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      throw refuse(path, `it is of type ${typeof value}`);
  }
  if (value === null) return 'null';
  if (above.includes(value)) throw refuse(path, 'it contains itself');
  above.push(value);
  const written = Array.isArray(value) ? list(value, path, above) : record(value, path, above);
  above.pop();
  return written;
}

function list(value: readonly unknown[], path: string, above: object[]): string {
  const items: string[] = [];
  // By index: a hole is found where `map` would skip it.
  for (let i = 0; i < value.length; i++) items.push(write(value[i], `${path}/${i}`, above));
  return `[${items.join(',')}]`;
}

/** What a JSON pointer writes otherwise. */
const escaped = /[~/]/;

function record(value: object, path: string, above: object[]): string {
  // Not compared with Object.prototype itself, so that objects of another realm pass.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refuse(path, 'it is an instance of a class');
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => {
      const at = `${path}/${escaped.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key}`;
      return `${text(key, at)}:${write(member, at, above)}`;
    });
  return `{${members.join(',')}}`;
}

function text(value: string, path: string): string {
  if (!value.isWellFormed()) throw refuse(path, 'its text holds half of a surrogate pair');
  return JSON.stringify(value);
}

function refuse(path: string, reason: string): Error {
  return errors.AF_JSON_INVALID({ path, reason });
}
