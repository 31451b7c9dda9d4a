// What JSON Schemas are as types of TypeScript: what the client is made from.

type Node = Readonly<Record<string, unknown>>;

/** Writes types; those that are long and come again get a name. */
export interface TypeWriter {
  /** The type of a schema; `place` names it where it needs a name. */
  of(schema: Node, place: string): string;
  /** The types of those given, with the names that are left in them, and what these stand for. */
  finish(types: ReadonlyMap<string, string>): {
    readonly types: ReadonlyMap<string, string>;
    readonly named: ReadonlyMap<string, string>;
  };
}

/** So many characters may stand in a line more than once. */
const shortType = 60;
/** What a schema says of a value that is no matter of its type. */
const notOfType = new Set(
  (
    'title description default example examples format pattern minLength maxLength minimum maximum exclusiveMinimum ' +
    'exclusiveMaximum minItems maxItems uniqueItems minProperties maxProperties propertyNames contentEncoding ' +
    'writeOnly readOnly deprecated multipleOf'
  ).split(' '),
);
const ofType = new Set(
  'type properties required additionalProperties items enum const oneOf anyOf allOf'.split(' '),
);

/** Starts with no names. */
export function createTypeWriter(): TypeWriter {
  const names = new Map<string, string>();
  const taken = new Set<string>();

  const named = (text: string, place: string): string => {
    if (text.length <= shortType || !text.includes('{')) return text;
    let name = names.get(text);
    if (name === undefined) {
      name = pascalCase(place);
      for (let at = 2; taken.has(name); at++) name = `${pascalCase(place)}${at}`;
      taken.add(name);
      names.set(text, name);
    }
    return name;
  };

  const of = (schema: Node, place: string): string => {
    for (const keyword of Object.keys(schema))
      if (!ofType.has(keyword) && !notOfType.has(keyword))
        throw new Error(`${place}: the client's types know no keyword "${keyword}"`);
    if ('const' in schema) return literal(schema['const']);
    const listed = schema['enum'];
    if (Array.isArray(listed)) return union(listed.map(literal));
    const { type } = schema;
    if (Array.isArray(type)) return union(type.map((one: string) => of({ ...schema, type: one }, place)));
    return named(choices(schema, place), place);
  };

  /** One of several, beside what all of them have. */
  const choices = (schema: Node, place: string): string => {
    if ('oneOf' in schema && 'anyOf' in schema) throw new Error(`${place}: "oneOf" beside "anyOf"`);
    const branches = (schema['oneOf'] ?? schema['anyOf']) as readonly Node[] | undefined; // JSON Schema says so
    if (!branches) return plain(schema, place);
    const { oneOf: _one, anyOf: _any, ...rest } = schema;
    const { type, required = [] } = rest as ObjectSchema; // as its type says
    const options = branches.map((branch, at) => {
      const all = new Set([...required, ...((branch as ObjectSchema).required ?? [])]); // as its type says
      const whole = {
        ...(type !== undefined && { type }),
        ...branch,
        ...(all.size > 0 && { required: [...all] }),
      };
      return of(whole, `${place} ${kindOf(branch) ?? at + 1}`);
    });
    return 'properties' in rest ? `${plain(rest, place)} & (${union(options)})` : union(options);
  };

  const plain = (schema: Node, place: string): string => {
    switch (schema['type']) {
      case 'integer':
        return 'number';
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return schema['type'];
      case 'array':
        return `ReadonlyArray<${of((schema['items'] ?? {}) as Node, place)}>`; // JSON Schema says so
      default:
        return schema['type'] === 'object' || 'properties' in schema || 'required' in schema
          ? objectType(schema, place)
          : 'unknown';
    }
  };

  const objectType = (schema: Node, place: string): string => {
    const { properties = {}, required = [], additionalProperties } = schema as ObjectSchema; // as its type says
    const known = Object.keys(properties);
    const members = [...known, ...required.filter((key) => !known.includes(key))].map((key) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`;
      return `${name}${required.includes(key) ? '' : '?'}: ${of(properties[key] ?? {}, `${place} ${key}`)}`;
    });
    // What holds by a condition (`if`) is not told by types.
    const isOpen = members.length === 0 || additionalProperties === true || 'allOf' in schema;
    if (typeof additionalProperties === 'object')
      members.push(
        `[key: string]: ${known.length > 0 ? 'unknown' : of(additionalProperties, `${place} value`)}`,
      );
    else if (isOpen && additionalProperties !== false) members.push('[key: string]: unknown');
    return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`;
  };

  return {
    of,
    finish(types) {
      const all = new Map([...types, ...Array.from(names, ([text, name]) => [name, text] as const)]);
      // What is used once says more where it is used.
      const uses = (name: string): number =>
        Array.from(all.values()).reduce((sum, text) => sum + text.split(wordOf(name)).length - 1, 0);
      for (const name of names.values()) {
        if (uses(name) > 1) continue;
        const text = all.get(name) ?? '';
        all.delete(name);
        for (const [other, before] of all)
          all.set(
            other,
            before.replace(wordOf(name), () => text),
          );
      }
      return {
        types: new Map([...all].filter(([name]) => types.has(name))),
        named: new Map([...all].filter(([name]) => !types.has(name))),
      };
    },
  };
}

interface ObjectSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Node;
}

/** What tells one of several from the others, where something does. */
function kindOf({ properties = {} }: ObjectSchema): string | undefined {
  const kind = (properties['type'] ?? properties['kind'] ?? properties['role'])?.['const'];
  return typeof kind === 'string' ? kind : undefined;
}

const wordOf = (name: string): RegExp => new RegExp(`\\b${name}\\b(?!['?:])`, 'g');

function literal(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);
}

function union(types: readonly string[]): string {
  const all = [...new Set(types)];
  return all.includes('unknown') ? 'unknown' : all.join(' | ');
}

/** `getRun answer` becomes `GetRunAnswer`. */
function pascalCase(words: string): string {
  return words.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}
