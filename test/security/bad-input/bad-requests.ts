import type { JsonObject } from '@agent-factory/sdk';
import type { Operation } from '../matrix/operations.ts';
import {
  bodies,
  bodyHeaders,
  headers,
  kinds,
  methods,
  pathTexts,
  queries,
  queryTexts,
  texts,
} from './bad-values.ts';

/** One request that is not as it should be, or not quite. */
export interface BadRequest {
  /** What is wrong with it. */
  readonly what: string;
  readonly method: string;
  /** As it is sent, encoded or not. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Whether no server may carry it out. Where left out, it may be right by chance. */
  readonly isWrong?: boolean;
}

/** An operation with what the OpenAPI document tells of its input. */
export interface Target {
  readonly operation: Operation;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly bodySchema: JsonObject | undefined;
  /** Path and query that are right. */
  readonly path: string;
  /** Whether a body is what the schema wants. */
  readonly takes: (body: unknown) => boolean;
}

type Place = readonly (string | number)[];
type Schema = Readonly<Record<string, unknown>>;

const json = { 'content-type': 'application/json' };
const mark = '"\u{1f4cd}"';

/** All bad requests of an operation; the same each time. */
export function badRequestsOf(target: Target): BadRequest[] {
  return [...badPaths(target), ...badQueries(target), ...badHeaders(target), ...badBodies(target)];
}

/** Wrong methods on each path of a document. */
export function badMethodsOf(operations: readonly Operation[]): BadRequest[] {
  const paths = new Set(operations.map(({ path }) => path.replace(/\{\w+\}/g, 'not-there')));
  // /knowledge/search is of the form /knowledge/{name}, which takes other methods.
  const matches = (path: string, shown: string): boolean =>
    new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(shown);
  return [...paths].flatMap((shown) =>
    methods
      .filter((method) => !operations.some((one) => one.method === method && matches(one.path, shown)))
      .map((method) => ({
        what: 'wrong method',
        method,
        path: shown,
        isWrong: true,
      })),
  );
}

/** What a request needs to be right. */
function rightOf({ operation, path }: Target): BadRequest {
  const { method, hasBody, example } = operation;
  const body = hasBody ? { headers: json, body: Buffer.from(JSON.stringify(example)) } : {};
  return { what: 'right', method, path, ...body };
}

function badPaths(target: Target): BadRequest[] {
  const right = rightOf(target);
  const parts = target.operation.path.split('/');
  const [path = '', query] = right.path.split('?');
  const filled = path.split('/');
  return parts.flatMap((part, at) =>
    part.startsWith('{')
      ? pathTexts.map((text) => ({
          ...right,
          what: `${part} = ${short(text)}`,
          path: filled.with(at, text).join('/') + (query ? `?${query}` : ''),
        }))
      : [],
  );
}

function badQueries(target: Target): BadRequest[] {
  const right = rightOf(target);
  const named = target.parameters.filter((one) => one.in === 'query').map(({ name }) => name);
  const [path = '', query = ''] = right.path.split('?');
  /** With what is right of the query, but for one parameter. */
  const changed = (text: string, name?: string): BadRequest => {
    const others = query.split('&').filter((pair) => pair !== '' && !pair.startsWith(`${name}=`));
    const behind = others.length > 0 && text !== '' ? `&${others.join('&')}` : others.join('&');
    return { ...right, what: `query ${short(text)}`, path: `${path}?${text}${behind}` };
  };
  return [
    ...queries.map((text) => changed(text)),
    ...named.flatMap((name) =>
      [
        ...queryTexts.map((text) => `${name}=${text}`),
        '',
        name,
        `${name}=1&${name}=2`,
        Array(200).fill(`${name}=x`).join('&'),
        `${name}[]=1&${name}[a]=1`,
      ].map((text) => changed(text, name)),
    ),
  ];
}

function badHeaders(target: Target): BadRequest[] {
  const right = rightOf(target);
  return share(headers, target.operation.id.length).map(([name, value]) => ({
    ...right,
    what: `${name}: ${short(value)}`,
    headers: { ...right.headers, [name]: value },
    ...(name === 'x-large' && { isWrong: true }),
  }));
}

function badBodies(target: Target): BadRequest[] {
  const { bodySchema, operation, takes } = target;
  if (!bodySchema) return [];
  const right = rightOf(target);
  const example = operation.example as JsonObject; // checked by the matrix
  const written = (what: string, text: string): BadRequest => ({
    ...right,
    what,
    body: Buffer.from(text),
    isWrong: text.includes('"__proto__":') || !takes(JSON.parse(text)),
  });
  const changed = (place: Place, value: string): BadRequest =>
    written(
      `/${place.join('/')} = ${short(value)}`,
      JSON.stringify(withValue(example, place)).replace(mark, () => value),
    );
  const objects = [[], ...placesOf(bodySchema).filter((place) => isObject(valueAt(example, place)))];
  return [
    ...Object.entries(bodies).map(([what, body]) => ({ ...right, what, body, isWrong: what !== 'no body' })),
    ...bodyHeaders.map(([name, value]) => ({
      ...right,
      what: `${name}: ${value}`,
      headers: { ...json, [name]: value },
      isWrong: true,
    })),
    ...placesOf(bodySchema).flatMap((place, at) =>
      [...kinds, ...share(texts, at)].map((value) => changed(place, value)),
    ),
    ...objects.flatMap((place) => {
      const inside = Object.keys(valueAt(example, place) as object); // an object
      return [
        ...['unexpected', 'constructor', 'toString', '__proto__', '', 'a\u0000b', '\ud800'].map((name) =>
          changed([...place, name], '1'),
        ),
        ...inside.map((name) =>
          written(
            `without /${[...place, name].join('/')}`,
            JSON.stringify(withValue(example, [...place, name], true)),
          ),
        ),
      ];
    }),
    ...Object.keys(example).map((name) =>
      written(`/${name} twice`, JSON.stringify(example).replace('{', `{${JSON.stringify(name)}:null,`)),
    ),
  ];
}

/** Every place that a schema names, in all its branches: of lists, the first item. */
function placesOf(schema: Schema, before: Place = []): Place[] {
  const branches = ['oneOf', 'anyOf', 'allOf'].flatMap((keyword) => (schema[keyword] ?? []) as Schema[]); // as JSON Schema says
  const found = [
    ...branches.flatMap((branch) => placesOf(branch, before)),
    ...Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).flatMap(([name, inner]) => [
      [...before, name],
      ...placesOf(inner, [...before, name]),
    ]),
    ...(isObject(schema['items']) ? [[...before, 0], ...placesOf(schema['items'], [...before, 0])] : []),
  ];
  return [...new Map(found.map((place) => [place.join('/'), place])).values()];
}

/** A copy with the mark at a place, or without what was there; what is missing on the way is made. */
function withValue(whole: unknown, [name, ...rest]: Place, isTaken = false): unknown {
  if (name === undefined) return mark.slice(1, -1);
  if (typeof name === 'number') {
    const [first, ...others] = Array.isArray(whole) ? (whole as unknown[]) : [];
    return [withValue(first, rest, isTaken), ...others];
  }
  const entries = Object.entries(isObject(whole) ? whole : {});
  const others = entries.filter(([key]) => key !== name);
  if (isTaken && rest.length === 0) return Object.fromEntries(others);
  const inner = entries.find(([key]) => key === name)?.[1];
  return Object.fromEntries([...others, [name, withValue(inner, rest, isTaken)]]);
}

function valueAt(whole: unknown, place: Place): unknown {
  let value = whole;
  for (const name of place)
    value = isObject(value) || Array.isArray(value) ? (value as Schema)[name] : undefined;
  return value;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every second one, each time others: to send all to all takes minutes, and finds no more. */
function share<T>(values: readonly T[], turn: number): readonly T[] {
  return values.filter((_, at) => (at + turn) % 2 === 0);
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 50)}… of ${text.length}` : text;
}
