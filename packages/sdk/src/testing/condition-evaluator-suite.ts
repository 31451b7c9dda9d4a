import assert from 'node:assert/strict';
import type {
  ConditionDecision,
  ConditionEvaluator,
  ConditionOption,
  ConditionServices,
  ConditionTypes,
} from '../contracts/condition-evaluator.ts';
import type { Json, JsonObject } from '../json.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** An evaluator with conditions of its kind whose outcome is known. */
export interface ConditionEvaluatorSetup {
  readonly evaluator: ConditionEvaluator;
  /** Types of the variables used below. */
  readonly types: ConditionTypes;
  /** A condition, values it holds for, and values it does not hold for. */
  readonly condition: Json;
  readonly holdsFor: JsonObject;
  readonly failsFor: JsonObject;
  /** At least two options, with values that choose the last one. */
  readonly options: readonly ConditionOption[];
  readonly choosesLast: JsonObject;
  /** Conditions that must be refused. */
  readonly invalid: readonly Json[];
  /** What the evaluator needs to decide, if anything. */
  readonly services?: ConditionServices;
  close?(): Promise<void>;
}

/**
 * What every {@link ConditionEvaluator} must do. `create` is called once for each case.
 *
 * @example
 * ```ts
 * declare function createMyEvaluator(): ConditionEvaluatorSetup;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of conditionEvaluatorSuite(async () => createMyEvaluator())) it(name, run);
 * ```
 */
export function conditionEvaluatorSuite(create: () => Promise<ConditionEvaluatorSetup>): ConformanceSuite {
  const on = onFixture(create);
  const decide = async (
    setup: ConditionEvaluatorSetup,
    variables: JsonObject,
  ): Promise<ConditionDecision> => {
    const compiled = await setup.evaluator.compile(setup.condition, setup.types);
    return compiled.evaluate(variables, setup.services);
  };

  return [
    on('has a name and says what it is', async ({ evaluator }) => {
      assert.match(evaluator.name, /^[a-z][a-z0-9-]*$/);
      assert.ok(evaluator.description.trim().length >= 10);
      assert.deepEqual(roundTrip(evaluator.condition), evaluator.condition, 'its schema is plain JSON');
    }),
    on('decides true and false', async (setup) => {
      assert.equal((await decide(setup, setup.holdsFor)).value, true);
      assert.equal((await decide(setup, setup.failsFor)).value, false);
    }),
    on('says what it saw, as plain JSON', async (setup) => {
      const decision = await decide(setup, setup.holdsFor);
      assert.ok(Object.keys(decision.saw).length > 0);
      assert.deepEqual(roundTrip(decision), decision);
    }),
    on('names the variables it reads, all of them declared', async (setup) => {
      const { reads } = await setup.evaluator.compile(setup.condition, setup.types);
      assert.ok(reads.length > 0);
      for (const name of reads) assert.ok(Object.hasOwn(setup.types.variables, name), name);
    }),
    on('decides at once where it only calculates', async (setup) => {
      const compiled = await setup.evaluator.compile(setup.condition, setup.types);
      const decision = compiled.evaluate(setup.holdsFor, setup.services);
      if (setup.evaluator.deterministic) assert.ok(!(decision instanceof Promise));
      await decision;
    }),
    on('keeps no state between decisions, and leaves the values as they are', async (setup) => {
      const compiled = await setup.evaluator.compile(setup.condition, setup.types);
      const before = JSON.stringify([setup.holdsFor, setup.failsFor]);
      const values: Json[] = [];
      for (const variables of [setup.holdsFor, setup.failsFor, setup.holdsFor])
        values.push((await compiled.evaluate(variables, setup.services)).value);
      assert.deepEqual(values, [true, false, true]);
      assert.equal(JSON.stringify([setup.holdsFor, setup.failsFor]), before);
    }),
    on('chooses among options, and falls back to one without a condition', async (setup) => {
      const { evaluator, options, types, services } = setup;
      assert.ok(options.length >= 2);
      const choice = await evaluator.compileChoice(options, types);
      const decision = await choice.decide(setup.choosesLast, services);
      assert.equal(decision.chosen, options.at(-1)?.id);
      assert.deepEqual(roundTrip(decision), decision);
      const onlyFirst = options.slice(0, 1);
      const none = await evaluator.compileChoice(onlyFirst, types);
      assert.equal((await none.decide(setup.choosesLast, services)).chosen, null);
      const open = await evaluator.compileChoice([...onlyFirst, { id: 'otherwise' }], types);
      assert.equal((await open.decide(setup.choosesLast, services)).chosen, 'otherwise');
    }),
    on('refuses options that cannot be told apart or chosen', async ({ evaluator, types, condition }) => {
      const twice = [
        { id: 'a', condition },
        { id: 'a', condition },
      ];
      await rejectsWith(evaluator.compileChoice(twice, types), 'AF_CONDITION_INVALID');
      const hidden = [{ id: 'a' }, { id: 'b', condition }];
      await rejectsWith(evaluator.compileChoice(hidden, types), 'AF_CONDITION_INVALID');
    }),
    on('refuses what is wrong when it is compiled, and says where', async ({ evaluator, types, invalid }) => {
      assert.ok(invalid.length > 0);
      for (const condition of [...invalid, null, 7, [], {}, '']) {
        const { details, status } = await rejectsWith(
          evaluator.compile(condition, types),
          'AF_CONDITION_INVALID',
        );
        for (const place of ['line', 'column', 'offset'])
          assert.ok(Number.isInteger(details[place]), `${JSON.stringify(condition)}: ${place}`);
        assert.equal(status, 400);
        const options = [{ id: 'only', condition }];
        const { details: inChoice } = await rejectsWith(
          evaluator.compileChoice(options, types),
          'AF_CONDITION_INVALID',
        );
        assert.match(String(inChoice['path']), /^\/0/, 'a choice says which option');
      }
    }),
  ];
}

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
