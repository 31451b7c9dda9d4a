import type { Json, JsonObject } from '@agent-factory/sdk';
import type { ScoredRun } from '@agent-factory/sdk/contracts';
import type { EvaluationCase, Run, RunEvent } from '@agent-factory/sdk/domain';
import type { ScorerExample } from '@agent-factory/sdk/testing';

/** What a scorer must say, and which configurations it must refuse. */
export interface ExpectedScores {
  readonly examples: readonly ScorerExample[];
  readonly invalid: readonly JsonObject[];
}

/** A run that gave an answer, or what else is said of it. */
export function subject(
  output: Json | undefined,
  expected?: Json,
  more: Partial<Run> = {},
  calls: readonly string[] = [],
): ScoredRun {
  const one: EvaluationCase = { name: 'one', input: 'What?', ...(expected !== undefined && { expected }) };
  const run: Run = {
    id: 'run_1',
    subject: { kind: 'agent', name: 'guide', hash: '0'.repeat(64) },
    status: 'succeeded',
    input: [{ role: 'user', content: 'What?' }],
    ...(output !== undefined && { output }),
    citations: [],
    usage: { inputTokens: 100, outputTokens: 20 },
    cost: { nanoUsd: 2_000_000, unpriced: 0 },
    turns: 2,
    toolCalls: calls.length,
    createdAt: 1_000,
    startedAt: 1_100,
    endedAt: 1_600,
    lastSeq: 9,
    ...more,
  };
  const events = calls.map((tool, at): RunEvent => ({
    runId: 'run_1',
    seq: at + 1,
    at: 1_200,
    type: 'tool.started',
    data: { turn: 1, callId: `call-${at}`, tool, input: {}, idempotencyKey: `k${at}`, attempt: 1 },
  }));
  return { case: one, run, events: async () => events };
}

const example = (config: JsonObject, score: number, of: ScoredRun): ScorerExample => ({
  config,
  score,
  subject: of,
});
const called = (...calls: readonly string[]): ScoredRun => subject('done', undefined, {}, calls);

/** For each scorer of the plugin. */
export const expected: Readonly<Record<string, ExpectedScores>> = {
  exact: {
    examples: [
      example({}, 1, subject(' Paris\n', 'Paris')),
      example({}, 0, subject('paris', 'Paris')),
      example({ ignoreCase: true }, 1, subject('paris', 'Paris')),
      example({ trim: false }, 0, subject('Paris ', 'Paris')),
      example({}, 1, subject({ a: 1, b: 2 }, { b: 2, a: 1 })),
      example({}, 0, subject('1', 1)),
    ],
    invalid: [{ ignoreCase: 'yes' }, { other: 1 }],
  },
  contains: {
    examples: [
      example({}, 1, subject('It is PARIS.', 'Paris')),
      example({ ignoreCase: false }, 0, subject('It is PARIS.', 'Paris')),
      example({}, 0.5, subject('red and blue', ['red', 'green'])),
      example({ texts: ['blue'] }, 1, subject({ colour: 'blue' })),
    ],
    invalid: [{ texts: [] }, { texts: [''] }, { texts: 'blue' }],
  },
  pattern: {
    examples: [
      example({ pattern: '\\d{3}' }, 1, subject('room 101')),
      example({ pattern: '\\d{3}' }, 0, subject('room 1')),
      example({ pattern: 'sorry', mode: 'deny', ignoreCase: true }, 0, subject('Sorry!')),
      example({ pattern: 'sorry', mode: 'deny' }, 1, subject('Gladly.')),
    ],
    invalid: [{}, { pattern: '(' }, { pattern: '(?=a)' }, { pattern: 'a', mode: 'maybe' }],
  },
  json: {
    examples: [
      example({}, 1, subject('{"b": 2, "a": [1]}', { a: [1], b: 2 })),
      example({}, 1, subject({ a: 1 }, '{"a": 1}')),
      example({}, 0, subject({ a: 1, b: 2 }, { a: 1 })),
      example({ mode: 'subset' }, 1, subject({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1 } })),
      example({ mode: 'subset' }, 0, subject({ a: [1, 2] }, { a: [1] })),
      example({ mode: 'subset' }, 0, subject({ a: 1 }, { a: 1, b: 2 })),
      example({ mode: 'subset' }, 0, subject('no JSON', { a: 1 })),
      example({}, 1, subject('same words', 'same words')),
    ],
    invalid: [{ mode: 'near' }],
  },
  schema: {
    examples: [
      example({ schema: { type: 'object', required: ['a'] } }, 1, subject('{"a": 1}')),
      example({ schema: { type: 'object', required: ['a'] } }, 0, subject({ b: 1 })),
      example({ schema: { type: 'object' } }, 0, subject('words')),
      example({ schema: { type: 'string', maxLength: 4 } }, 1, subject('1234')),
    ],
    invalid: [{}, { schema: { type: 'strange' } }, { schema: { type: 'string', pattern: '(a+)+$' } }],
  },
  similarity: {
    examples: [
      example({}, 1, subject('A spring tide is high.', 'high spring tide')),
      example({}, 0.5, subject('red blue', 'red green')),
      example({}, 0, subject('red', 'green')),
      example({}, 0, subject('', 'green')),
      example({ model: 'test/any' }, 1, subject('north', 'north')),
      example({ model: 'test/any' }, 0, subject('north', 'east')),
      example({ model: 'test/any' }, 0, subject('north', 'south')),
    ],
    invalid: [{ model: 'nameless' }],
  },
  judge: {
    examples: [
      example({ model: 'test/any', rubric: 'Be kind.' }, 1, subject('You are welcome.')),
      example({ model: 'test/any', rubric: 'Be kind.' }, 0.25, subject('Go away.')),
    ],
    invalid: [{}, { model: 'test/any' }, { model: 'test', rubric: 'Be kind.' }],
  },
  tools: {
    examples: [
      example({ called: ['a', 'b'] }, 1, called('b', 'a', 'c')),
      example({ called: ['a', 'b'] }, 0.5, called('a')),
      example({ called: ['a', 'a'] }, 0.5, called('a')),
      example({ called: ['a', 'b'], inOrder: true }, 1, called('a', 'c', 'b')),
      example({ called: ['a', 'b'], inOrder: true }, 2 / 3, called('b', 'a')),
      example({ notCalled: ['c'] }, 0, called('c')),
      example({ called: ['a'], noOthers: true }, 0.5, called('a', 'b')),
      example({ noOthers: true }, 1, called()),
    ],
    invalid: [{}, { called: [] }, { called: 'a' }],
  },
  limits: {
    examples: [
      example({ turns: 2, tokens: 120, toolCalls: 0, costUsd: 0.002, durationMs: 500 }, 1, subject('a')),
      example({ turns: 1, tokens: 120 }, 0.5, subject('a')),
      example({ costUsd: 0.0019 }, 0, subject('a')),
      example({ durationMs: 499 }, 0, subject('a')),
    ],
    invalid: [{}, { turns: -1 }, { seconds: 5 }],
  },
  condition: {
    examples: [
      example({ condition: 'output == expected' }, 1, subject('a', 'a')),
      example({ condition: 'output == expected' }, 0, subject('a', 'b')),
      example({ condition: 'run.status == "failed"' }, 1, subject(undefined, 'a', { status: 'failed' })),
      example({ evaluator: 'cel', condition: 'run.turns < 3 && input == "What?"' }, 1, subject('a')),
    ],
    invalid: [
      {},
      { condition: 'output ==' },
      { condition: 'answer == 1' },
      { evaluator: 'none', condition: 'true' },
    ],
  },
};
