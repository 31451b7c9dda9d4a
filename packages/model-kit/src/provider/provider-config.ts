import type { JsonObject, Secret } from '@agent-factory/sdk';
import type { Timeouts } from '../http/phase-clock.ts';
import type { ResiliencePolicy } from '../resilience/resilience-config.ts';

/** What every provider behind a server is configured with, besides what is its own. */
export interface ProviderConfig extends ResiliencePolicy {
  readonly apiKey?: Secret;
  /** Address of the API; a query string is kept. */
  readonly baseUrl: string;
  /** Sent with every request, `api-key` for example. */
  readonly headers: Readonly<Record<string, Secret | string>>;
  /** Connections open at once; further calls wait for one. Default 64. */
  readonly maxSockets: number;
  readonly timeouts: Timeouts;
}

const milliseconds = (value: number, description: string): JsonObject => ({
  type: 'integer',
  minimum: 1,
  maximum: 86_400_000,
  default: value,
  description,
});
const limit = (description: string): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  description,
  properties: {
    concurrency: { type: 'integer', minimum: 1, description: 'Calls at the same time.' },
    requestsPerMinute: { type: 'integer', minimum: 1 },
    tokensPerMinute: { type: 'integer', minimum: 1, description: 'Input and output together.' },
  },
});

/**
 * JSON Schemas of the fields that every provider has alike, with their defaults. A manifest is JSON and repeats
 * them; a test of its plugin compares, see `providerConfigProblems` in the test kit.
 */
export const providerConfigSchema: JsonObject = {
  headers: {
    type: 'object',
    additionalProperties: { type: 'string', secret: true },
    default: {},
    description: 'Headers sent with every request.',
  },
  maxSockets: {
    type: 'integer',
    minimum: 1,
    maximum: 4096,
    default: 64,
    description: 'Connections open at once; further calls wait for one.',
  },
  timeouts: {
    type: 'object',
    additionalProperties: false,
    default: {},
    description: 'Milliseconds that each phase of a call may take.',
    properties: {
      connectMs: milliseconds(10_000, 'Until a new connection stands, TLS with it.'),
      firstByteMs: milliseconds(120_000, 'From then until the answer begins.'),
      idleMs: milliseconds(60_000, 'Between two pieces of the answer.'),
      totalMs: milliseconds(600_000, 'For the whole call.'),
    },
  },
  retry: {
    type: 'object',
    additionalProperties: false,
    default: {},
    description: 'How failed calls are repeated, while nothing of their answer was passed on.',
    properties: {
      times: {
        type: 'integer',
        minimum: 0,
        maximum: 10,
        default: 2,
        description: 'Repetitions of one call.',
      },
      delayMs: {
        type: 'integer',
        minimum: 0,
        maximum: 60_000,
        default: 500,
        description: 'Milliseconds before the first; doubles each time, with jitter, at most 8,000.',
      },
      maxWaitMs: {
        type: 'integer',
        minimum: 0,
        maximum: 600_000,
        default: 60_000,
        description: 'A server that asks to be left alone for longer is told about, not waited for.',
      },
    },
  },
  circuit: {
    type: 'object',
    additionalProperties: false,
    default: {},
    description: 'When a model that fails is left alone.',
    properties: {
      failures: { type: 'integer', minimum: 0, default: 5, description: 'Failures in a row. 0: never.' },
      resetMs: milliseconds(30_000, 'Until one call is let through to see.'),
    },
  },
  limits: {
    type: 'object',
    additionalProperties: false,
    default: {},
    description: 'How much may be asked, by each process of the platform.',
    properties: {
      provider: limit('All calls together.'),
      model: limit('The calls of each model.'),
      tenant: limit('The calls of each tenant.'),
      waiting: {
        type: 'integer',
        minimum: 0,
        default: 1000,
        description: 'Calls that may wait for each of them.',
      },
    },
  },
};
