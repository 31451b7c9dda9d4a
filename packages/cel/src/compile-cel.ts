import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import { build } from './build.ts';
import { checkBoolean } from './build-logic.ts';
import { CelFailure } from './cel-failure.ts';
import { nameOf, type CelType } from './cel-type.ts';
import { Frame } from './frame.ts';
import { checkJson } from './check-json.ts';
import { parse } from './parse.ts';
import { Scope, type Path } from './scope.ts';
import { typeOfSchema } from './type-of-schema.ts';

/** What an expression may read and must give. */
export interface CelOptions {
  /** JSON Schemas of the variables, by name. */
  readonly variables: Readonly<Record<string, JsonSchema>>;
  /** `boolean`: a condition. `any`: a value, which must be JSON. */
  readonly result: 'boolean' | 'any';
}

/** An expression, ready to be evaluated, often. */
export interface CelProgram {
  /** What its values are, in words. */
  readonly gives: string;
  /** Whether it gives a whole number, a number that is none, or it is not known. */
  readonly type: CelType['kind'];
  /** Names of the variables it reads. */
  readonly reads: readonly string[];
  /** Where what it reads lies. */
  readonly paths: readonly Path[];
  /** Its value; a {@link CelFailure} where it has none. */
  evaluate(variables: JsonObject): Json;
  /** The same, with the steps it took. */
  measure(variables: JsonObject): { readonly value: Json; readonly steps: number };
}

/** Compiles an expression; a {@link CelIssue} says what is wrong with it, and where. */
export function compileCel(source: string, { variables, result }: CelOptions): CelProgram {
  const types = Object.fromEntries(
    Object.entries(variables).map(([name, schema]) => [name, typeOfSchema(schema)]),
  );
  const scope = new Scope(types, build);
  const node = parse(source);
  const { type, run } = scope.use(node);
  if (result === 'boolean') checkBoolean(type, 'A condition', node.at);
  const finish = result === 'boolean' ? checkedBoolean : checkJson;
  return {
    gives: nameOf(type),
    type: type.kind,
    reads: scope.reads,
    paths: scope.paths,
    evaluate: (values) => {
      const frame = new Frame(values);
      return finish(frame, run(frame));
    },
    measure: (values) => {
      const frame = new Frame(values);
      const value = finish(frame, run(frame));
      return { value, steps: frame.steps };
    },
  };
}

function checkedBoolean(_: Frame, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new CelFailure('it gave no true or false');
}
