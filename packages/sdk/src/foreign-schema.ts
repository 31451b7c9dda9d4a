import type { JsonSchema } from './json.ts';

/** How {@link foreignSchema} reads a schema. */
export interface ForeignSchemaOptions {
  /** Where a reference leads in the schema that is made; `undefined` leaves it out. Default: references inside it stay. */
  readonly ref?: (target: string) => string | undefined;
  /** OpenAPI 3.0's dialect: `nullable`, `exclusiveMinimum: true`, `example`. Default false. */
  readonly openapi30?: boolean;
  /** Properties marked so are left out: `readOnly` of what is sent, `writeOnly` of what comes back. */
  readonly leaveOut?: 'readOnly' | 'writeOnly';
}

const mostNodes = 5_000;
const mostDepth = 64;
const mostText = 1_000;
const types: ReadonlySet<unknown> = new Set([
  'null',
  'boolean',
  'object',
  'array',
  'number',
  'string',
  'integer',
]);

/**
 * A JSON Schema from outside as one that can be compiled and shown to a model without harm. What nobody knows is left
 * out. So is what could be made to take for ever: patterns become part of the description. Drafts before 2020-12 are
 * brought up to it. More than 5,000 parts, or 64 levels, is anything at all from there on.
 *
 * @example
 * ```ts
 * const { pattern, ...kept } = foreignSchema({ type: 'string', pattern: '(a+)+$', 'x-order': 1 });
 * kept; // { type: 'string', description: 'Pattern: (a+)+$' }
 * ```
 */
export function foreignSchema(schema: unknown, options: ForeignSchemaOptions = {}): JsonSchema {
  const made = new Reader(options).object(schema, 0);
  // Of references inside it, those that lead nowhere would keep it from being compiled.
  if (options.ref === undefined) dropDangling(made, made);
  return made;
}

type Read = (value: unknown, depth: number, reader: Reader) => unknown;

const count: Read = (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined);
const number: Read = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const flag: Read = (value) => (typeof value === 'boolean' ? value : undefined);
const anything: Read = (value) => value;
const list: Read = (value) => (Array.isArray(value) && value.length > 0 ? value : undefined);
const text: Read = (value) => (typeof value === 'string' ? shorten(value) : undefined);
const below: Read = (value, depth, reader) => reader.schema(value, depth);
const each: Read = (value, depth, reader) =>
  Array.isArray(value) && value.length > 0 ? value.map((one) => reader.schema(one, depth)) : undefined;
const members: Read = (value, depth, reader) =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, reader.schema(one, depth)]))
    : undefined;

/** What is kept, and how it is read. */
const keywords: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...['title', 'description', '$comment', 'format', 'contentEncoding', 'contentMediaType'].map(
    (word) => [word, text] as const,
  ),
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].map(
    (word) => [word, count] as const,
  ),
  ...['minContains', 'maxContains'].map((word) => [word, count] as const),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((word) => [word, number] as const),
  ...['uniqueItems', 'deprecated', 'readOnly', 'writeOnly'].map((word) => [word, flag] as const),
  ...['items', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'contains'].map(
    (word) => [word, below] as const,
  ),
  ...['not', 'if', 'then', 'else', 'propertyNames'].map((word) => [word, below] as const),
  ...['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((word) => [word, each] as const),
  ...['properties', '$defs', 'definitions', 'dependentSchemas'].map((word) => [word, members] as const),
  ['multipleOf', (value) => (typeof value === 'number' && value > 0 ? value : undefined)],
  ['enum', list],
  ['examples', list],
  ['const', anything],
  ['default', anything],
  ['required', (value) => (isTexts(value) ? [...new Set(value)] : undefined)],
  [
    'type',
    (value) =>
      [value].flat().length > 0 && [value].flat().every((one) => types.has(one)) ? value : undefined,
  ],
]);

class Reader {
  readonly #options: ForeignSchemaOptions;
  #nodes = 0;

  constructor(options: ForeignSchemaOptions) {
    this.#options = options;
  }

  schema(value: unknown, depth: number): unknown {
    return typeof value === 'boolean' ? value : this.object(value, depth);
  }

  object(value: unknown, depth: number): JsonSchema {
    if (!isRecord(value) || depth > mostDepth || this.#nodes++ > mostNodes) return {};
    const { leaveOut, openapi30 = false, ref } = this.#options;
    const made: Record<string, unknown> = {};
    for (const [word, found] of Object.entries(value)) {
      const read = keywords.get(word)?.(found, depth + 1, this);
      if (read !== undefined) made[word] = read;
    }
    if (typeof value['$ref'] === 'string') {
      const target = ref === undefined ? value['$ref'] : ref(value['$ref']);
      if (target?.startsWith('#')) made['$ref'] = target;
    }
    if (Array.isArray(value['items'])) {
      delete made['items'];
      made['prefixItems'] = value['items'].map((one) => this.schema(one, depth + 1));
      if (value['additionalItems'] !== undefined)
        made['items'] = this.schema(value['additionalItems'], depth + 1);
    }
    if (typeof value['pattern'] === 'string') describe(made, `Pattern: ${value['pattern'].slice(0, 200)}`);
    if (leaveOut !== undefined) dropMarked(made, leaveOut);
    if (openapi30) fromOpenApi30(made, value);
    return made;
  }
}

function fromOpenApi30(made: Record<string, unknown>, value: Readonly<Record<string, unknown>>): void {
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (value[exclusive] !== true || made[inclusive] === undefined) continue;
    made[exclusive] = made[inclusive];
    delete made[inclusive];
  }
  if (value['example'] !== undefined && made['examples'] === undefined) made['examples'] = [value['example']];
  if (value['nullable'] !== true) return;
  if (made['type'] !== undefined) made['type'] = [...new Set([made['type'], 'null'].flat())];
  if (Array.isArray(made['enum']) && !made['enum'].includes(null)) made['enum'] = [...made['enum'], null];
}

function dropMarked(made: Record<string, unknown>, mark: 'readOnly' | 'writeOnly'): void {
  const properties = made['properties'];
  if (!isRecord(properties)) return;
  const kept = Object.entries(properties).filter(([, one]) => !isRecord(one) || one[mark] !== true);
  made['properties'] = Object.fromEntries(kept);
  if (!isTexts(made['required'])) return;
  const gone = new Set(Object.keys(properties).filter((name) => !kept.some(([key]) => key === name)));
  made['required'] = made['required'].filter((name) => !gone.has(name));
}

function dropDangling(part: unknown, root: JsonSchema): void {
  if (Array.isArray(part)) for (const one of part) dropDangling(one, root);
  if (!isRecord(part)) return;
  const { $ref: target } = part;
  if (typeof target === 'string' && !leadsTo(root, target)) delete part['$ref'];
  for (const [word, one] of Object.entries(part))
    if (word !== 'enum' && word !== 'const' && word !== 'default' && word !== 'examples')
      dropDangling(one, root);
}

/** Whether a reference ends at a schema, and not, over others, at itself. */
function leadsTo(root: JsonSchema, target: string): boolean {
  const seen = new Set<string>();
  for (let next: unknown = target; typeof next === 'string';) {
    if (seen.has(next)) return false;
    seen.add(next);
    const found = atPointer(root, next);
    if (typeof found === 'boolean') return true;
    if (!isRecord(found)) return false;
    next = found['$ref'];
  }
  return true;
}

function atPointer(root: JsonSchema, target: string): unknown {
  if (target === '#') return root;
  if (!target.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const key of target.slice(2).split('/')) {
    if (key.includes('%')) return undefined; // not worth telling well from badly encoded ones
    const step = key.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[step]; // an object or a list
    // A compiler would follow the reference on the way.
    if (isRecord(at) && at['$ref'] !== undefined && !target.endsWith(`/${key}`)) return undefined;
  }
  return at;
}

function describe(made: Record<string, unknown>, sentence: string): void {
  const { description } = made;
  made['description'] = typeof description === 'string' ? `${description} ${sentence}` : sentence;
}

function shorten(value: string): string {
  const whole = value.toWellFormed();
  return whole.length <= mostText ? whole : `${whole.slice(0, mostText).toWellFormed()}…`;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
