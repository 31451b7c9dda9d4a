import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import type { Json } from '@agent-factory/sdk';

/** A case of the public CEL conformance data, as far as it is looked at here. */
export interface ConformanceCase {
  /** Names of its suites and its own. */
  readonly name: string;
  readonly expr: string;
  /** Values of its variables, as protobuf JSON. */
  readonly bindings: Readonly<Record<string, unknown>>;
  /** Names of the variables it declares. */
  readonly declared: readonly string[];
  /** The result, as protobuf JSON; nothing where an error is expected. */
  readonly expected?: unknown;
  readonly error: boolean;
  /** Names are to be resolved within this protobuf package. */
  readonly container: string;
  /** It only runs with the type checker off. */
  readonly unchecked: boolean;
  /** It asks for a type and for no value. */
  readonly checkOnly: boolean;
}

/** What the cases are about, and the subset has not. */
export class NotJson extends Error {}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Readonly<Record<string, unknown>> }[];
}

/** Every case of the data. */
export function conformanceCases(): readonly ConformanceCase[] {
  return flatten(tests as Suite, []); // generated data, described above as far as it is used
}

function flatten({ name, suites = [], tests: own = [] }: Suite, above: readonly string[]): ConformanceCase[] {
  const path = [...above, name];
  return [
    ...own.map(({ original }) => caseOf(original, path)),
    ...suites.flatMap((each) => flatten(each, path)),
  ];
}

function caseOf(original: Readonly<Record<string, unknown>>, path: readonly string[]): ConformanceCase {
  const typed = Object(original['typedResult']) as { result?: unknown };
  const error = original['evalError'] !== undefined;
  const expected = original['value'] ?? typed.result ?? (error ? undefined : { boolValue: true });
  const declared = (original['typeEnv'] ?? []) as readonly { name: string; ident?: unknown }[]; // as the data has it
  const bindings = Object(original['bindings']) as Readonly<Record<string, { value?: unknown }>>; // as the data has it
  return {
    name: [...path.slice(1), String(original['name'])].join('/'),
    expr: String(original['expr']),
    bindings: Object.fromEntries(Object.entries(bindings).map(([name, { value }]) => [name, value])),
    declared: declared.filter(({ ident }) => ident !== undefined).map(({ name }) => name),
    ...(expected !== undefined && { expected }),
    error,
    container: typeof original['container'] === 'string' ? original['container'] : '',
    unchecked: original['disableCheck'] === true,
    checkOnly: original['checkOnly'] === true,
  };
}

/**
 * A value of the data as JSON. Throws {@link NotJson} for kinds that JSON has not: bytes, unsigned numbers, messages,
 * types, timestamps, keys that are no texts, whole numbers beyond 2^53 - 1.
 */
export function jsonOf(value: unknown): Json {
  const [[kind, inside] = ['nothing', undefined]] = Object.entries(Object(value));
  switch (kind) {
    case 'nullValue':
      return null;
    case 'boolValue':
    case 'stringValue':
      return inside as Json; // a boolean or a string, by its kind
    case 'doubleValue':
      return Number(inside);
    case 'int64Value':
      if (Number.isSafeInteger(Number(inside))) return Number(inside);
      throw new NotJson('whole numbers beyond 2^53 - 1');
    case 'listValue':
      return ((Object(inside) as { values?: unknown[] }).values ?? []).map(jsonOf);
    case 'mapValue':
      return Object.fromEntries(
        ((Object(inside) as { entries?: { key: unknown; value: unknown }[] }).entries ?? []).map((entry) => {
          const key = jsonOf(entry.key);
          if (typeof key !== 'string') throw new NotJson('keys that are no texts');
          return [key, jsonOf(entry.value)];
        }),
      );
    default:
      throw new NotJson(`values of the kind ${kind}`);
  }
}

/** The kind of number that the data expects, if it expects one. */
export function numberKind(value: unknown): 'int' | 'double' | undefined {
  const [kind] = Object.keys(Object(value));
  return kind === 'int64Value' ? 'int' : kind === 'doubleValue' ? 'double' : undefined;
}
