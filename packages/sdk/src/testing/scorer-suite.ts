import assert from 'node:assert/strict';
import type { ConditionServices } from '../contracts/condition-evaluator.ts';
import type { ScoredRun, Scorer } from '../contracts/scorer.ts';
import type { JsonObject } from '../json.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** A run, and what the scorer must say of it with this configuration. */
export interface ScorerExample {
  readonly config: JsonObject;
  readonly subject: ScoredRun;
  readonly score: number;
}

/** A scorer with examples whose score is known. */
export interface ScorerSetup {
  readonly scorer: Scorer;
  /** At least one that scores 1 and one that scores less. */
  readonly examples: readonly ScorerExample[];
  /** Configurations that must be refused. */
  readonly invalid: readonly JsonObject[];
  /** What the scorer needs to judge, if anything. */
  readonly services?: ConditionServices;
  close?(): Promise<void>;
}

/**
 * What every {@link Scorer} must do. `create` is called once for each case.
 *
 * @example
 * ```ts
 * declare function createMyScorer(): ScorerSetup;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of scorerSuite(async () => createMyScorer())) it(name, run);
 * ```
 */
export function scorerSuite(create: () => Promise<ScorerSetup>): ConformanceSuite {
  const on = onFixture(create);
  const none: ConditionServices = { signal: new AbortController().signal };

  return [
    on('has a name and says what it is', async ({ scorer }) => {
      assert.match(scorer.name, /^[a-z][a-z0-9-]*$/);
      assert.ok(scorer.description.trim().length >= 10);
      assert.equal(scorer.config['type'], 'object');
      assert.deepEqual(JSON.parse(JSON.stringify(scorer.config)), scorer.config);
    }),
    on('gives the expected scores with a reason, again and again', async (setup) => {
      const { scorer, examples, services = none } = setup;
      assert.ok(examples.some(({ score }) => score === 1));
      assert.ok(examples.some(({ score }) => score < 1));
      for (const { config, subject, score } of examples) {
        const before = JSON.stringify([subject.case, subject.run]);
        const prepared = await scorer.prepare(config);
        for (let time = 0; time < 2; time++) {
          const given = await prepared.score(subject, services);
          const told = `${JSON.stringify(config)}: ${given.reason}`;
          assert.ok(Math.abs(given.score - score) < 1e-6, `${given.score} and not ${score} for ${told}`);
          assert.ok(given.reason.trim() !== '');
        }
        assert.equal(JSON.stringify([subject.case, subject.run]), before, 'it changed what it judged');
      }
    }),
    on('refuses configurations that are wrong', async ({ scorer, invalid }) => {
      assert.ok(invalid.length > 0);
      for (const config of invalid) {
        const kept = structuredClone(config);
        await rejectsWith(scorer.prepare(config), 'AF_SCORER_CONFIG_INVALID');
        assert.deepEqual(config, kept, 'it changed what it was given');
      }
    }),
  ];
}
