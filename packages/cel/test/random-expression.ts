/** Kinds of values that random expressions are made of. */
export type Kind = 'bool' | 'int' | 'double' | 'string' | 'ints' | 'strings' | 'map';

/** A source of numbers from 0 to below 1 that gives the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The variables that random expressions read: names by kind. */
export const variableKinds: Readonly<Record<string, Kind>> = {
  flag: 'bool',
  count: 'int',
  rate: 'double',
  word: 'string',
  sizes: 'ints',
  words: 'strings',
  box: 'map',
};

type Make = (kind: Kind) => string;

/** Makes expressions of a kind, well typed but for one in thirty, at most so deep. */
export function randomExpression(
  random: () => number,
  kind: Kind,
  depth: number,
  locals: Locals = {},
): string {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item; // not empty
  const kinds: readonly Kind[] = ['bool', 'int', 'double', 'string', 'ints', 'strings', 'map'];
  const wanted = random() < 0.03 ? pick(kinds) : kind;
  const known = Object.entries({ ...variableKinds, ...locals }).filter(([, each]) => each === wanted);
  if (depth <= 0 || random() < 0.15) {
    return random() < 0.6 && known.length > 0 ? (pick(known)[0] ?? '') : literal(wanted, random, pick);
  }
  const make: Make = (each) => randomExpression(random, each, depth - 1, locals);
  const within = (name: string, of: Kind, body: Kind): string =>
    randomExpression(random, body, depth - 1, { ...locals, [name]: of });
  return pick(forms[wanted])(make, within, pick);
}

type Locals = Readonly<Record<string, Kind>>;
type Form = (
  make: Make,
  within: (name: string, of: Kind, body: Kind) => string,
  pick: <Item>(items: readonly Item[]) => Item,
) => string;

const orders = ['<', '<=', '>', '>='];
const scalars: readonly Kind[] = ['int', 'double', 'string'];

const forms: Readonly<Record<Kind, readonly Form[]>> = {
  bool: [
    (make) => `(${make('bool')} && ${make('bool')})`,
    (make) => `(${make('bool')} || ${make('bool')})`,
    (make) => `!${make('bool')}`,
    (make, _, pick) => {
      const kind = pick(scalars);
      return `(${make(kind)} ${pick(orders)} ${make(kind)})`;
    },
    (make, _, pick) => {
      const kind = pick([...scalars, 'bool', 'ints', 'strings', 'map'] as const);
      return `(${make(kind)} ${pick(['==', '!='])} ${make(kind)})`;
    },
    (make) => `(${make('int')} in ${make('ints')})`,
    (make) => `(${make('string')} in ${make('strings')})`,
    (make) => `(${make('string')} in ${make('map')})`,
    (make, _, pick) => `${make('string')}.${pick(['contains', 'startsWith', 'endsWith'])}(${make('string')})`,
    (make, _, pick) =>
      `${make('string')}.matches(${JSON.stringify(pick(['a', '^a', 'b$', 'a.b', '[ab]+', '(a|b)c?']))})`,
    (make, within, pick) =>
      `${make('ints')}.${pick(['all', 'exists', 'exists_one'])}(i, ${within('i', 'int', 'bool')})`,
    (make, within, pick) =>
      `${make('strings')}.${pick(['all', 'exists', 'exists_one'])}(s, ${within('s', 'string', 'bool')})`,
    (make, within, pick) => `${make('map')}.${pick(['all', 'exists'])}(k, ${within('k', 'string', 'bool')})`,
    (_, __, pick) => `has(box.${pick(['a', 'b', 'c'])})`,
    (make) => `(${make('bool')} ? ${make('bool')} : ${make('bool')})`,
  ],
  int: [
    (make, _, pick) => `(${make('int')} ${pick(['+', '-', '*', '/', '%'])} ${make('int')})`,
    (make) => `-(${make('int')})`,
    (make, _, pick) => `size(${make(pick(['string', 'ints', 'strings', 'map'] as const))})`,
    (make) => `${make('ints')}[${make('int')}]`,
    (make) => `(${make('bool')} ? ${make('int')} : ${make('int')})`,
    (make) => `int(${make('double')})`,
    (_, __, pick) => `box.${pick(['a', 'b', 'c'])}`,
    (make) => `${make('map')}[${make('string')}]`,
    (make) => `${make('string')}.indexOf(${make('string')})`,
  ],
  double: [
    (make, _, pick) => `(${make('double')} ${pick(['+', '-', '*', '/'])} ${make('double')})`,
    (make) => `-(${make('double')})`,
    (make) => `double(${make('int')})`,
    (make) => `(${make('bool')} ? ${make('double')} : ${make('double')})`,
  ],
  string: [
    (make) => `(${make('string')} + ${make('string')})`,
    (make) => `${make('strings')}[${make('int')}]`,
    (make, _, pick) => `string(${make(pick(['int', 'string'] as const))})`,
    (make, _, pick) => `${make('string')}.${pick(['lowerAscii', 'upperAscii', 'trim'])}()`,
    (make) => `${make('string')}.substring(${make('int')})`,
    (make) => `${make('strings')}.join(${make('string')})`,
    (make) => `(${make('bool')} ? ${make('string')} : ${make('string')})`,
  ],
  ints: [
    (make) => `[${make('int')}, ${make('int')}]`,
    (make) => `(${make('ints')} + ${make('ints')})`,
    (make, within) => `${make('ints')}.map(i, ${within('i', 'int', 'int')})`,
    (make, within) => `${make('ints')}.filter(i, ${within('i', 'int', 'bool')})`,
    (make, within) => `${make('ints')}.map(i, ${within('i', 'int', 'bool')}, ${within('i', 'int', 'int')})`,
  ],
  strings: [
    (make) => `[${make('string')}, ${make('string')}]`,
    (make) => `${make('string')}.split(${make('string')})`,
    (make, within) => `${make('strings')}.filter(s, ${within('s', 'string', 'bool')})`,
    (make, within) => `${make('ints')}.map(i, ${within('i', 'int', 'string')})`,
  ],
  map: [
    (make) => `{"a": ${make('int')}, "b": ${make('int')}}`,
    (make) => `(${make('bool')} ? ${make('map')} : ${make('map')})`,
  ],
};

function literal(kind: Kind, random: () => number, pick: <Item>(items: readonly Item[]) => Item): string {
  switch (kind) {
    case 'bool':
      return pick(['true', 'false']);
    case 'int':
      return pick(['0', '1', '2', '-1', '7', String(Math.floor(random() * 100)), '9007199254740991']);
    case 'double':
      return pick(['0.0', '1.0', '-2.5', '0.1', '1e3', String(Math.floor(random() * 100) + 0.25)]);
    case 'string':
      return JSON.stringify(pick(['', 'a', 'b', 'ab', 'aab', 'ABC', ' a ', 'é', '😀', 'a b']));
    case 'ints':
      return pick(['[]', '[1]', '[1, 2, 3]', '[0, -1]']);
    case 'strings':
      return pick(['[]', '["a"]', '["a", "b", "ab"]']);
    case 'map':
      return pick(['{"a": 1}', '{"a": 1, "b": 2}', '{"c": 0}']);
  }
}

/** Values for the variables; whole numbers where the kind is whole. */
export function randomValues(random: () => number): Readonly<Record<string, unknown>> {
  const whole = (): number => Math.floor(random() * 20) - 5;
  const word = (): string => ['', 'a', 'b', 'abc', 'ba', '😀a'][Math.floor(random() * 6)] ?? '';
  return {
    flag: random() < 0.5,
    count: whole(),
    rate: whole() / 4 + 0.125,
    word: word(),
    sizes: Array.from({ length: Math.floor(random() * 4) }, whole),
    words: Array.from({ length: Math.floor(random() * 4) }, word),
    box: { a: whole(), ...(random() < 0.5 && { b: whole() }) },
  };
}
