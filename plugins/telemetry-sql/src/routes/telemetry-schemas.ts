import type { JsonObject, JsonSchema } from '@agent-factory/sdk';

const count: JsonSchema = { type: 'integer', minimum: 0 };
const text: JsonSchema = { type: 'string' };

const counts = {
  count,
  inputTokens: count,
  outputTokens: count,
  costNanoUsd: { ...count, description: 'Billionths of a US dollar, of the calls whose price is known.' },
} as const;

/** JSON Schema of what is counted together. */
export const rowSchema: JsonSchema = {
  type: 'object',
  properties: {
    at: { ...count, description: 'Beginning of the hour or day, in milliseconds since the epoch.' },
    name: text,
    source: text,
    outcome: text,
    code: text,
    ...counts,
    durations: {
      type: 'object',
      description: 'How long they took; the median and the 95th percentile are estimated from the buckets.',
      properties: {
        meanMs: count,
        medianMs: count,
        p95Ms: count,
        buckets: {
          type: 'array',
          items: {
            type: 'object',
            properties: { upToMs: count, count },
            required: ['count'],
            additionalProperties: false,
          },
        },
      },
      required: ['meanMs', 'medianMs', 'p95Ms', 'buckets'],
      additionalProperties: false,
    },
  },
  required: Object.keys(counts),
  additionalProperties: false,
};

/** JSON Schema of the sums of a tenant. */
export const totalsSchema: JsonSchema = {
  type: 'object',
  properties: {
    tenant: text,
    kind: { enum: ['run', 'model', 'tool', 'guardrail'] },
    outcome: text,
    ...counts,
  },
  required: ['tenant', 'kind', 'outcome', ...Object.keys(counts)],
  additionalProperties: false,
};

/** What is counted together, to show. */
export const exampleRow: JsonObject = {
  at: 1_763_798_400_000,
  name: 'guide',
  outcome: 'succeeded',
  count: 12,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
  durations: {
    meanMs: 820,
    medianMs: 700,
    p95Ms: 2300,
    buckets: [{ upToMs: 100, count: 0 }, { upToMs: 500, count: 3 }, { upToMs: 2500, count: 9 }, { count: 0 }],
  },
};

/** Sums of a tenant, to show. */
export const exampleTotals: JsonObject = {
  tenant: 'acme',
  kind: 'model',
  outcome: 'answered',
  count: 310,
  inputTokens: 120_000,
  outputTokens: 24_000,
  costNanoUsd: 540_000_000,
};
