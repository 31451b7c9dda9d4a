import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';
import { runCostSchema, runFailureSchema, usageSchema } from '@agent-factory/sdk/domain';
import { count, list, object, text } from './json-schemas.ts';

const flag: JsonSchema = { type: 'boolean' };
const score: JsonSchema = { type: 'number', minimum: 0, maximum: 1 };
const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const outcome: JsonSchema = {
  enum: ['succeeded', 'failed', 'waiting', 'timed-out', 'cancelled', 'error'],
  description: 'How the run ended; `waiting`: it asked somebody, and was cancelled once it was judged.',
};

const summary = object({
  done: count,
  outcomes: { type: 'object', additionalProperties: count },
  scorers: list(
    object({ scorer: text, mean: score, threshold: score, passed: flag, errors: count }, [
      'scorer',
      'errors',
    ]),
  ),
  totals: object({
    tokens: count,
    judgingTokens: count,
    nanoUsd: count,
    unpriced: count,
    durationMs: { type: 'number', minimum: 0 },
  }),
});

const evaluation = {
  id: text,
  suite: text,
  version: text,
  target: object({ kind: { enum: ['agent', 'router', 'workflow'] }, name: text }),
  targetHash: text,
  state: { enum: ['running', 'finished', 'cancelled', 'failed'] },
  passed: { type: 'boolean', description: 'The gate, once it is finished.' },
  runs: count,
  repetitions: count,
  concurrency: count,
  summary,
  error: runFailureSchema,
  by: text,
  createdAt: count,
  endedAt: count,
} as const;

const always = [
  'id',
  'suite',
  'version',
  'target',
  'targetHash',
  'state',
  'runs',
  'repetitions',
  'concurrency',
  'createdAt',
];

const evaluationSchema = object(evaluation, always);

const result = object(
  {
    case: text,
    repetition: count,
    runId: text,
    outcome,
    scores: list(object({ scorer: text, score, reason: text, error: runFailureSchema }, ['scorer'])),
    error: runFailureSchema,
    usage: usageSchema,
    cost: runCostSchema,
    durationMs: { type: 'number', minimum: 0 },
    judging: usageSchema,
  },
  ['case', 'repetition', 'scores'],
);

const change = {
  scorer: text,
  before: score,
  after: score,
  trend: { enum: ['better', 'worse', 'same', 'added', 'removed'] },
} as const;

const exampleEvaluation = {
  id: 'eval_0mhx3v2k19f86d081884c7d65',
  suite: 'answers',
  version: '1.0.0',
  target: { kind: 'agent', name: 'guide' },
  targetHash: hash,
  state: 'finished',
  passed: true,
  runs: 1,
  repetitions: 1,
  concurrency: 4,
  summary: {
    done: 1,
    outcomes: { succeeded: 1 },
    scorers: [{ scorer: 'contains', mean: 1, threshold: 0.9, passed: true, errors: 0 }],
    totals: { tokens: 120, judgingTokens: 0, nanoUsd: 90_000, unpriced: 0, durationMs: 840 },
  },
  createdAt: 1_763_800_000_000,
  endedAt: 1_763_800_001_000,
} as const satisfies Json;

/** Path parameter of routes about one evaluation. */
export const idParams: JsonSchema = object({ id: { ...text, description: 'Id of the evaluation.' } });

/** Body of the request that starts one. */
export const startSchema: JsonSchema = object(
  {
    suite: { type: 'string', minLength: 1, maxLength: 64, description: 'Name of the suite.' },
    cases: { ...list(text), minItems: 1, description: 'Names of cases. Default: all.' },
    repetitions: { type: 'integer', minimum: 1, maximum: 100, default: 1 },
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 32,
      default: 4,
      description: 'Runs at the same time.',
    },
  },
  ['suite'],
);

/** Answer of a route. */
export function evaluationResponse(description: string): HttpResponseSpec {
  return { description, schema: evaluationSchema, example: exampleEvaluation };
}

/** Answer of a route. */
export const detailsResponse: HttpResponseSpec = {
  description: 'The evaluation as it stands, with all its runs.',
  schema: object({ ...evaluation, results: list(result) }, [...always, 'summary', 'results']),
  example: {
    ...exampleEvaluation,
    results: [
      {
        case: 'hours',
        repetition: 1,
        runId: 'run_0mhx3v2k1a7c3e5f901234567',
        outcome: 'succeeded',
        scores: [{ scorer: 'contains', score: 1, reason: 'It contains what it should.' }],
        usage: { inputTokens: 100, outputTokens: 20 },
        cost: { nanoUsd: 90_000, unpriced: 0 },
        durationMs: 840,
      },
    ],
  },
};

/** Answer of a route. */
export const evaluationsResponse: HttpResponseSpec = {
  description: 'Evaluations, newest first.',
  schema: object({ evaluations: list(evaluationSchema), next: text }, ['evaluations']),
  example: { evaluations: [exampleEvaluation] },
};

/** Answer of a route. */
export const comparisonResponse: HttpResponseSpec = {
  description: 'Both, side by side.',
  schema: object({
    before: evaluationSchema,
    after: evaluationSchema,
    scorers: list(object(change, ['scorer', 'trend'])),
    cases: list(object({ case: text, ...change }, ['case', 'scorer', 'trend'])),
  }),
  example: {
    before: exampleEvaluation,
    after: exampleEvaluation,
    scorers: [{ scorer: 'contains', before: 0.5, after: 1, trend: 'better' }],
    cases: [{ case: 'hours', scorer: 'contains', before: 0.5, after: 1, trend: 'better' }],
  },
};
