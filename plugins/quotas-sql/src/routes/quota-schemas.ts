import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { QuotaName } from '@agent-factory/sdk/contracts';

const descriptions: Readonly<Record<QuotaName, string>> = {
  runsAtOnce: 'Runs that are queued or worked on at the same time.',
  runsPerDay: 'Runs that are started in a day (UTC).',
  tokensPerDay: 'Tokens of models in a day, input and output together.',
  tokensPerMonth: 'The same in a month.',
  usdPerDay: 'US dollars that models cost in a day, by the price table.',
  usdPerMonth: 'The same in a month.',
  storageBytes: 'Bytes of all artifacts together.',
  requestsPerMinute: 'Requests to the HTTP API in a minute.',
};
const mostUsd = 1_000_000;
const mostRequests = 1_000_000;
const mostRunsAtOnce = 1_000_000;

const boundsOf = (name: QuotaName): JsonObject => {
  if (name === 'usdPerDay' || name === 'usdPerMonth') return { type: 'number', minimum: 0, maximum: mostUsd };
  if (name === 'requestsPerMinute') return { type: 'integer', minimum: 1, maximum: mostRequests };
  const maximum = name === 'runsAtOnce' ? mostRunsAtOnce : Number.MAX_SAFE_INTEGER;
  return { type: 'integer', minimum: 0, maximum };
};
const names = Object.keys(descriptions) as QuotaName[]; // as its type says

/** JSON Schema of what is set for a tenant. */
export const overridesSchema: JsonSchema = {
  type: 'object',
  description: 'What is left out is as for all tenants; null: not limited.',
  properties: Object.fromEntries(
    names.map((name) => [
      name,
      { anyOf: [boundsOf(name), { type: 'null' }], description: descriptions[name] },
    ]),
  ),
  additionalProperties: false,
};

/** JSON Schema of the limits that hold, with what is used. */
export const usesSchema: JsonSchema = {
  type: 'array',
  description: 'The limits that hold. What is not here is not limited.',
  items: {
    type: 'object',
    properties: {
      quota: { enum: names },
      most: { type: 'number', minimum: 0 },
      used: {
        type: 'number',
        minimum: 0,
        description:
          'Left out of requests, which the headers tell of, and of bytes, which artifacts are asked for.',
      },
      resetsAt: {
        type: 'integer',
        minimum: 0,
        description: 'When it begins anew, in milliseconds since the epoch.',
      },
    },
    required: ['quota', 'most'],
    additionalProperties: false,
  },
};

/** What is used, to show. */
export const exampleUses: readonly JsonObject[] = [
  { quota: 'runsAtOnce', most: 10, used: 2 },
  { quota: 'tokensPerDay', most: 1_000_000, used: 120_400, resetsAt: 1_764_547_200_000 },
];
