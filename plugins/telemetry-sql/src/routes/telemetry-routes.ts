import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { HttpRoute, Permission } from '@agent-factory/sdk/contracts';
import { hourMs, type CountKind } from '../counts.ts';
import { errorTable } from '../errors.ts';
import type { GroupBy, Step, TelemetryQuery, TelemetryRow, TenantTotals } from '../tenant-telemetry.ts';
import { exampleRow, exampleTotals, rowSchema, totalsSchema } from './telemetry-schemas.ts';

/** What the routes ask. */
export interface TelemetryReader {
  query(tenant: string, query: TelemetryQuery): Promise<readonly TelemetryRow[]>;
  totals(range: Pick<TelemetryQuery, 'from' | 'to'>): Promise<readonly TenantTotals[]>;
}

export const telemetryPermissions: readonly Permission[] = [
  {
    name: 'telemetry:read',
    description:
      'Read how many runs, calls and objections there were, how long they took and what they cost.',
    roles: ['operator', 'builder', 'tenant-admin'],
  },
  {
    name: 'telemetry:platform',
    description: 'Read how much each tenant did, without what it is called.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
];

interface Kind {
  readonly kind: CountKind;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** What is told apart, in words. */
  readonly name: string;
  readonly source: string;
  readonly outcomes: readonly string[];
}

const kinds: readonly Kind[] = [
  {
    kind: 'run',
    path: 'runs',
    operationId: 'getRunTelemetry',
    summary: 'How many runs ended, how, and how long they took with all their waits.',
    name: 'the agent, workflow or router',
    source: 'what it is: agent, workflow or router',
    outcomes: ['succeeded', 'failed', 'cancelled'],
  },
  {
    kind: 'model',
    path: 'models',
    operationId: 'getModelTelemetry',
    summary: 'How many calls of models there were, their tokens, and what they cost.',
    name: 'the model',
    source: 'its provider',
    outcomes: ['answered', 'failed'],
  },
  {
    kind: 'tool',
    path: 'tools',
    operationId: 'getToolTelemetry',
    summary: 'How many calls of tools there were, and how many failed.',
    name: 'the tool',
    source: 'nothing',
    outcomes: ['succeeded', 'failed'],
  },
  {
    kind: 'guardrail',
    path: 'guardrails',
    operationId: 'getGuardrailTelemetry',
    summary: 'How often guardrails objected, and what they did about it.',
    name: 'the guardrail',
    source: 'where it looked',
    outcomes: ['block', 'redact', 'ask'],
  },
];

const errors = {
  AF_TELEMETRY_RANGE_INVALID: errorTable.AF_TELEMETRY_RANGE_INVALID,
  AF_TELEMETRY_TOO_MUCH: errorTable.AF_TELEMETRY_TOO_MUCH,
};

/** The API of telemetry. */
export function telemetryRoutes(reader: TelemetryReader, now: () => number = Date.now): readonly HttpRoute[] {
  return [...kinds.map((kind) => ofTenant(kind, reader, now)), ofPlatform(reader, now)];
}

function ofTenant(of: Kind, reader: TelemetryReader, now: () => number): HttpRoute {
  const text = (description: string): JsonSchema => ({
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description,
  });
  return {
    method: 'GET',
    path: `/api/v1/telemetry/${of.path}`,
    operationId: of.operationId,
    summary: of.summary,
    description: `\`name\` is ${of.name}, \`source\` ${of.source}. Hours and days are those of UTC; what has not ended is not counted.`,
    tag: 'Telemetry',
    permission: 'telemetry:read',
    query: {
      type: 'object',
      properties: {
        ...rangeProperties,
        by: {
          enum: ['hour', 'day', 'all'],
          default: 'hour',
          description: 'What is counted together in time.',
        },
        group: {
          type: 'array',
          items: { enum: ['name', 'source', 'outcome', 'code'] },
          uniqueItems: true,
          maxItems: 4,
          default: [],
          description: 'What is told apart.',
        },
        name: text(`Only this one: ${of.name}.`),
        source: text(`Only of this one: ${of.source}.`),
        outcome: { enum: of.outcomes, description: 'Only those that ended so.' },
      },
      additionalProperties: false,
    },
    responses: {
      200: {
        description: 'The counts, in the order of time.',
        schema: listOf(rowSchema),
        example: { rows: [exampleRow] },
      },
    },
    errors,
    rate: 'read',
    handler: async ({ query, principal }) => {
      const { by, group, name, source, outcome } = query as {
        readonly by: Step;
        readonly group: readonly GroupBy[];
        readonly name?: string;
        readonly source?: string;
        readonly outcome?: string;
      }; // as its schema says
      const wanted = { kind: of.kind, by, group, name, source, outcome };
      return { body: bodyOf(await reader.query(principal.tenant, { ...wanted, ...rangeOf(query, now()) })) };
    },
  };
}

function ofPlatform(reader: TelemetryReader, now: () => number): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/telemetry/platform',
    operationId: 'getPlatformTelemetry',
    summary: 'How much each tenant did.',
    description:
      'Sums over the time, by tenant, what it was and how it ended; neither agents nor anything else of a tenant is named. ' +
      'As of the last look at each journal, some seconds ago.',
    tag: 'Telemetry',
    permission: 'telemetry:platform',
    query: { type: 'object', properties: rangeProperties, additionalProperties: false },
    responses: {
      200: {
        description: 'The sums, by tenant.',
        schema: listOf(totalsSchema),
        example: { rows: [exampleTotals] },
      },
    },
    errors,
    rate: 'read',
    handler: async ({ query }) => ({ body: bodyOf(await reader.totals(rangeOf(query, now()))) }),
  };
}

const moment: JsonSchema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const rangeProperties: Readonly<Record<string, JsonSchema>> = {
  from: { ...moment, description: 'Hours that end after this moment. Default a day before `to`.' },
  to: { ...moment, description: 'Hours that begin before this moment. Default now.' },
};

function rangeOf(query: JsonObject, now: number): { readonly from: number; readonly to: number } {
  const { to = now, from = Math.max(to - 24 * hourMs, 0) } = query as {
    readonly from?: number;
    readonly to?: number;
  }; // as its schema says
  return { from, to };
}

function listOf(items: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { rows: { type: 'array', items } },
    required: ['rows'],
    additionalProperties: false,
  };
}

/** Rows as a JSON body. Their interfaces hold JSON alone, but lack the index signature of Json. */
function bodyOf(rows: readonly object[]): Json {
  return { rows: rows as readonly JsonObject[] }; // see above
}
