import assert from 'node:assert/strict';
import type { Guardrail, GuardrailSubject } from '../contracts/guardrail.ts';
import type { ConditionServices } from '../contracts/condition-evaluator.ts';
import type { GuardrailSpan, GuardrailStage, GuardrailVerdict } from '../domain/guardrail.ts';
import type { Json, JsonObject } from '../json.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** A value, and what the guardrail must say of it with these settings. */
export interface GuardrailExample {
  readonly settings: JsonObject;
  readonly stage: GuardrailStage;
  readonly value: Json;
  readonly tool?: string;
  readonly verdict: GuardrailVerdict['verdict'];
}

/** A guardrail with examples whose verdict is known. */
export interface GuardrailSetup {
  readonly guardrail: Guardrail;
  /** At least one that passes and one that does not. */
  readonly examples: readonly GuardrailExample[];
  /** Settings that must be refused. */
  readonly invalid: readonly JsonObject[];
  /** What the guardrail needs to check, if anything. */
  readonly services?: ConditionServices;
  close?(): Promise<void>;
}

/**
 * What every {@link Guardrail} must do. `create` is called once for each case.
 *
 * @example
 * ```ts
 * declare function createMyGuardrail(): GuardrailSetup;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of guardrailSuite(async () => createMyGuardrail())) it(name, run);
 * ```
 */
export function guardrailSuite(create: () => Promise<GuardrailSetup>): ConformanceSuite {
  const on = onFixture(create);

  return [
    on('has a name, says what it is and where it looks', async ({ guardrail }) => {
      assert.match(guardrail.name, /^[a-z][a-z0-9-]*$/);
      assert.ok(guardrail.description.trim().length >= 10);
      assert.ok(guardrail.stages.length > 0 && new Set(guardrail.stages).size === guardrail.stages.length);
      assert.equal(guardrail.settings['type'], 'object');
      assert.deepEqual(JSON.parse(JSON.stringify(guardrail.settings)), guardrail.settings);
    }),
    on('gives the expected verdicts, again and again', async ({ guardrail, examples, services }) => {
      assert.ok(examples.some(({ verdict }) => verdict === 'pass'));
      assert.ok(examples.some(({ verdict }) => verdict !== 'pass'));
      for (const example of examples) {
        assert.ok(guardrail.stages.includes(example.stage));
        const prepared = await guardrail.prepare(example.settings);
        for (let time = 0; time < 2; time++) {
          const { verdict } = await prepared.check(subjectOf(example, example.value), services);
          assert.equal(verdict, example.verdict, JSON.stringify(example));
        }
      }
    }),
    on(
      'leaves what it checks as it is, and answers plain JSON',
      async ({ guardrail, examples, services }) => {
        for (const example of examples) {
          const before = JSON.stringify(example.value);
          const prepared = await guardrail.prepare(example.settings);
          const verdict = await prepared.check(subjectOf(example, example.value), services);
          assert.equal(JSON.stringify(example.value), before);
          assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict);
          if (verdict.verdict === 'pass') continue;
          assert.match(verdict.code, /^[a-z][a-z0-9-]*$/);
          assert.ok(verdict.reason.trim().length > 0);
          for (const span of verdict.spans ?? []) checkSpan(span, example.value);
        }
      },
    ),
    on('lets pass what it has redacted, in the shape it had', async ({ guardrail, examples, services }) => {
      for (const example of examples.filter(({ verdict }) => verdict === 'redact')) {
        const prepared = await guardrail.prepare(example.settings);
        const verdict = await prepared.check(subjectOf(example, example.value), services);
        assert.ok(verdict.verdict === 'redact');
        assert.deepEqual(shapeOf(verdict.value), shapeOf(example.value));
        assert.notDeepEqual(verdict.value, example.value);
        const again = await prepared.check(subjectOf(example, verdict.value), services);
        assert.equal(again.verdict, 'pass', JSON.stringify(verdict.value));
      }
    }),
    on('refuses settings that are wrong when an agent is defined, and says where', async (setup) => {
      for (const settings of [...setup.invalid, { 'no such setting': true }]) {
        const error = await rejectsWith(setup.guardrail.prepare(settings), 'AF_GUARDRAIL_SETTINGS_INVALID');
        assert.equal(typeof error.details['path'], 'string', JSON.stringify(settings));
      }
    }),
  ];
}

function subjectOf({ stage, tool }: GuardrailExample, value: Json): GuardrailSubject {
  return { stage, value, agent: 'suite', runId: 'run-suite', ...(tool !== undefined && { tool }) };
}

function checkSpan({ path, start, end, kind }: GuardrailSpan, value: Json): void {
  let text: unknown = value;
  for (const part of path.split('/').slice(1))
    text = Object(text)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  const length = typeof text === 'string' ? text.length : String(text).length;
  assert.ok(0 <= start && start <= end && end <= length, `${path} ${start}–${end} lies in the value`);
  assert.ok(kind.length > 0);
}

/** The value with every text emptied: what a redaction must keep. */
function shapeOf(value: Json): unknown {
  if (typeof value === 'string') return '';
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value).map(([key, item]) => [key, shapeOf(item)]);
}
