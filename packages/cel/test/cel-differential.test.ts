import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { Environment } from '@marcbachmann/cel-js';
import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import { CelFailure, CelIssue, compileCel } from '@agent-factory/cel';
import { randomExpression, randomValues, seeded, variableKinds, type Kind } from './random-expression.ts';

/** How a kind is declared here and there. */
const declared: Readonly<Record<Kind, { readonly schema: JsonSchema; readonly cel: string }>> = {
  bool: { schema: { type: 'boolean' }, cel: 'bool' },
  int: { schema: { type: 'integer' }, cel: 'int' },
  double: { schema: { type: 'number' }, cel: 'double' },
  string: { schema: { type: 'string' }, cel: 'string' },
  ints: { schema: { type: 'array', items: { type: 'integer' } }, cel: 'list<int>' },
  strings: { schema: { type: 'array', items: { type: 'string' } }, cel: 'list<string>' },
  map: { schema: { type: 'object', additionalProperties: { type: 'integer' } }, cel: 'map<string, int>' },
};

interface Outcome {
  readonly value?: unknown;
  readonly error?: Error;
}

/** One expression on both sides. */
interface Pair {
  readonly source: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly ours: Outcome;
  readonly theirs: Outcome;
}

/** Each known difference: which pairs it explains, and why it is one. */
const explained: Readonly<Record<string, (pair: Pair) => boolean>> = {
  'lists, maps and conditionals of ours may mix kinds, as JSON does': ({ ours, theirs }) =>
    !ours.error &&
    /must have the same type|uses wrong type|no such overload: list<.*> \+ list<|no such overload: \w+ in list/.test(
      messageOf(theirs),
    ),
  'ours calculates with whole numbers and others together, as JSON does not tell them apart': ({
    ours,
    theirs,
  }) => !ours.error && /no such overload: (int|double) ([-+*/]|[!=]=) (int|double)/.test(messageOf(theirs)),
  'theirs does not infer the items of an empty list': ({ ours, theirs }) =>
    !ours.error && /got 'T'|undefined/.test(messageOf(theirs)),
  'theirs makes more than the letters of ASCII upper case': ({ source }) => /é[^]*upperAscii/.test(source),
  'theirs does not always set a failure aside that does not matter': ({ source, ours, theirs }) =>
    !ours.error && /&&|\|\||all\(|exists\(/.test(source) && messageOf(theirs).startsWith('No such key'),
  'ours counts in code points, as CEL has it, theirs in UTF-16 code units': ({ source, values }) =>
    /[\ud800-\udfff]/.test(source + JSON.stringify(values)),
  'ours gives no numbers that JSON has not: infinite ones, and whole ones beyond 2^53 - 1': ({ ours }) =>
    ours.error instanceof CelFailure && ours.error.kind === 'range',
  'ours refuses places outside of a text, as CEL has it, theirs cuts': ({ ours }) =>
    ours.error instanceof CelFailure && /substring\(\) was/.test(ours.error.message),
  'ours reads numbers from texts as CEL has it; theirs takes an empty one for 0': ({ ours }) =>
    ours.error instanceof CelFailure && /cannot read ""/.test(ours.error.message),
  'ours refuses when it is compiled what could only fail': ({ ours }) => ours.error instanceof CelIssue,
};

const environment = new Environment();
for (const [name, kind] of Object.entries(variableKinds))
  environment.registerVariable(name, declared[kind].cel);
const schemas = Object.fromEntries(
  Object.entries(variableKinds).map(([name, kind]) => [name, declared[kind].schema]),
);

describe('random expressions', () => {
  const counts = { same: 0, failed: 0, explained: 0 };

  it('have the outcome that @marcbachmann/cel-js gives, or one that is explained', function () {
    this.timeout(20_000);
    const random = seeded(20_261_128);
    const kinds = Object.values(variableKinds);
    const strange: string[] = [];
    for (let time = 0; time < 3000; time++) {
      const kind = kinds[Math.floor(random() * kinds.length)] ?? 'bool';
      const source = randomExpression(random, kind, 3);
      const values = randomValues(random);
      const pair = { source, values, ours: ours(source, values), theirs: theirs(source, values) };
      if (pair.ours.error && pair.theirs.error) counts.failed += 1;
      else if (isSame(pair)) counts.same += 1;
      else if (Object.values(explained).some((explains) => explains(pair))) counts.explained += 1;
      else
        strange.push(
          `${source} with ${JSON.stringify(values)}: ${show(pair.ours)}, theirs ${show(pair.theirs)}`,
        );
    }
    assert.deepEqual(strange, []);
  });

  it('mostly have a value, the same on both sides', () => {
    assert.ok(counts.same > 1500, JSON.stringify(counts));
    assert.ok(counts.explained < 300, JSON.stringify(counts));
  });
});

function isSame({ ours: one, theirs: two }: Pair): boolean {
  return !one.error && !two.error && isDeepStrictEqual(asJson(one.value), asJson(two.value));
}

function ours(source: string, values: Readonly<Record<string, unknown>>): Outcome {
  try {
    const program = compileCel(source, { variables: schemas, result: 'any' });
    return { value: program.evaluate(values as JsonObject) };
  } catch (error) {
    if (error instanceof CelIssue || error instanceof CelFailure) return { error };
    throw error;
  }
}

function theirs(source: string, values: Readonly<Record<string, unknown>>): Outcome {
  try {
    const checked = environment.check(source);
    if (!checked.valid) return { error: checked.error ?? new Error('not valid') };
    const given = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, name === 'rate' ? value : withBigInts(value)]),
    );
    return { value: environment.evaluate(source, given) };
  } catch (error) {
    if (error instanceof Error) return { error };
    throw error;
  }
}

/** Their whole numbers are bigints. */
function withBigInts(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(withBigInts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withBigInts(each)]));
}

function asJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'bigint' ? Number(each) : each instanceof Map ? Object.fromEntries(each) : each,
    ),
  );
}

function messageOf({ error }: Outcome): string {
  return error?.message ?? '';
}

function show({ value, error }: Outcome): string {
  return error ? `fails: ${error.message.split('\n')[0]}` : JSON.stringify(asJson(value));
}
