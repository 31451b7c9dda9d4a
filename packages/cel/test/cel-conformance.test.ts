import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@agent-factory/sdk';
import { CelFailure, CelIssue, compileCel } from '@agent-factory/cel';
import { conformanceCases, jsonOf, NotJson, numberKind, type ConformanceCase } from './conformance-case.ts';

/** How a case ended: inside of the subset as CEL has it, refused as outside, or wrong. */
interface Verdict {
  readonly is: 'passed' | 'refused' | 'wrong';
  readonly why: string;
}

const passed: Verdict = { is: 'passed', why: 'as CEL has it' };
const refused = (why: string): Verdict => ({ is: 'refused', why });
const wrong = (why: string): Verdict => ({ is: 'wrong', why });

/**
 * The rules by which a case lies outside of the subset. No case is named:
 * 1. our compiler says `unsupported` and what it is;
 * 2. the case is given, or expects, values that JSON has not; then it must be refused too, unless only the case's
 *    variables are such (they cannot even be handed over);
 * 3. its result is a number beyond JSON, found when it is evaluated (`range`);
 * 4. it only runs with the type checker off, and ours, which cannot be turned off, refuses it;
 * 5. it needs names resolved in a protobuf package (a container, or a variable with a dot in its name);
 * 6. it asks the checker for a type, and for no value.
 */
function judge(one: ConformanceCase): Verdict {
  if (one.checkOnly) return refused('asks for a type only');
  const dotted = Object.keys(one.bindings).some((name) => name.includes('.'));
  const variables: Record<string, Json> = {};
  try {
    for (const [name, value] of Object.entries(one.bindings)) variables[name] = jsonOf(value);
  } catch (error) {
    if (error instanceof NotJson) return refused(`is given ${error.message}`);
    throw error;
  }
  const names = [...Object.keys(variables), ...one.declared];
  const schemas = Object.fromEntries(names.map((name) => [name, {}]));
  const outcome = run(one.expr, schemas, variables);
  if (outcome.error instanceof CelIssue && outcome.error.unsupported) return refused(outcome.error.message);
  if (one.error) return outcome.error ? passed : wrong(`gave ${JSON.stringify(outcome.value)} and no error`);
  let expected: Json;
  try {
    expected = jsonOf(one.expected);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return outcome.error ? refused(`expects ${error.message}`) : wrong('gave a value that JSON cannot have');
  }
  if (outcome.error instanceof CelFailure && outcome.error.kind === 'range')
    return refused('number beyond JSON');
  if (one.unchecked && outcome.error instanceof CelIssue) return refused('runs with the checker off only');
  const packaged = one.container !== '' || dotted;
  const same = outcome.error === undefined && isDeepStrictEqual(plain(outcome.value), plain(expected));
  if (same) return kindFits(one, outcome.type) ? passed : wrong(`its type is ${outcome.type}`);
  if (packaged) return refused('needs names of a protobuf package');
  return wrong(outcome.error ? outcome.error.message : `gave ${JSON.stringify(outcome.value)}`);
}

function run(
  expr: string,
  variables: Readonly<Record<string, object>>,
  values: Readonly<Record<string, Json>>,
): { readonly value?: Json; readonly type?: string; readonly error?: Error } {
  try {
    const program = compileCel(expr, { variables: variables as Record<string, {}>, result: 'any' });
    return { value: program.evaluate(values), type: program.type };
  } catch (error) {
    if (error instanceof CelIssue || error instanceof CelFailure) return { error };
    throw error; // anything else is a mistake of ours
  }
}

/** Whole numbers and others are told apart by type: a value that the type says is whole must be expected so. */
function kindFits({ expected }: ConformanceCase, type: string | undefined): boolean {
  const wanted = numberKind(expected);
  return wanted === undefined || type === wanted || (type !== 'int' && type !== 'double');
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)); // also makes 0 of -0
}

describe('the public CEL conformance data', () => {
  const cases = conformanceCases();
  const verdicts = cases.map((one) => ({ ...judge(one), one }));
  const count = (is: Verdict['is']): number => verdicts.filter((each) => each.is === is).length;

  it('has no case that the subset answers wrongly', () => {
    const bad = verdicts.filter(({ is }) => is === 'wrong');
    assert.deepEqual(
      bad.map(({ one, why }) => `${one.name}: ${one.expr}: ${why}`),
      [],
    );
  });

  it(`passes in ${count('passed')} of ${cases.length} cases, and refuses ${count('refused')}`, () => {
    assert.equal(cases.length, 2344, 'the data that is pinned');
    assert.equal(count('passed') + count('refused'), cases.length);
    // As it was when the subset was settled; a change of the subset changes it, and docs/conditions.md with it.
    assert.equal(count('passed'), 750);
  });

  it('says why a case is refused', () => {
    const reasons = new Map<string, number>();
    for (const { is, why } of verdicts) {
      if (is !== 'refused') continue;
      const reason = why.replace(/^Functions such as .*/, 'Functions that are left out');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const table = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${times} ${reason}`);
    assert.ok(table.length > 5 && table.length < 40, table.join('\n'));
    if (process.env['CEL_REASONS']) process.stdout.write(`${table.join('\n')}\n`);
  });
});
