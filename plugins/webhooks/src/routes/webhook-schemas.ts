import type { JsonSchema } from '@agent-factory/sdk';
import { contentNames, eventTypes } from '../webhook.ts';

/** JSON Schema of an object with these properties and no others. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = Object.keys(properties),
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const text: JsonSchema = { type: 'string' };
const time: JsonSchema = { type: 'integer', minimum: 0, description: 'Milliseconds since the epoch.' };
const count: JsonSchema = { type: 'integer', minimum: 0 };

/** What somebody says of a webhook. */
export const settings: Readonly<
  Record<'url' | 'description' | 'events' | 'include' | 'enabled', JsonSchema>
> = {
  url: { type: 'string', minLength: 1, maxLength: 2000, description: 'An https address.' },
  description: { type: 'string', maxLength: 500 },
  events: {
    type: 'array',
    items: { enum: eventTypes },
    minItems: 1,
    maxItems: eventTypes.length,
    uniqueItems: true,
    description: 'What it is told of.',
  },
  include: {
    type: 'array',
    items: { enum: contentNames },
    maxItems: contentNames.length,
    uniqueItems: true,
    description: 'Contents of a run that are sent along. Default: none.',
  },
  enabled: { type: 'boolean', description: 'Whether it is told of anything. Default true.' },
};

/** JSON Schema of a webhook. */
export const webhookSchema: JsonSchema = object(
  {
    id: text,
    ...settings,
    disabledBy: { ...text, description: 'A code, or `hand`: somebody disabled it.' },
    disabledAt: time,
    failingSince: { ...time, description: 'When it failed first since it last succeeded.' },
    formerSecretUntil: { ...time, description: 'Until when the secret before signs as well.' },
    createdBy: text,
    createdAt: time,
  },
  ['id', 'url', 'description', 'events', 'include', 'enabled', 'createdBy', 'createdAt'],
);

/** JSON Schema of a webhook with its secret. */
export const withSecretSchema: JsonSchema = object({
  webhook: webhookSchema,
  secret: { ...text, description: 'Shown this once.' },
});

const delivery = {
  id: { ...text, description: 'Sent as `webhook-id`; the same at every attempt.' },
  type: text,
  runId: text,
  state: { enum: ['pending', 'delivered', 'dead'] },
  attempts: { ...count, description: 'In all, those before a replay too.' },
  nextAt: { ...time, description: 'When it is tried next.' },
  error: { ...text, description: 'Code of what went wrong last.' },
  happenedAt: time,
  endedAt: time,
};

const always = ['id', 'type', 'state', 'attempts', 'happenedAt'];

/** JSON Schema of a delivery. */
export const deliverySchema: JsonSchema = object(delivery, always);

/** JSON Schema of a delivery with its attempts. */
export const deliveryDetailsSchema: JsonSchema = object(
  {
    ...delivery,
    log: {
      type: 'array',
      items: object(
        {
          at: time,
          durationMs: count,
          status: count,
          error: text,
          reason: text,
          answer: { ...text, description: 'The beginning of the answer, without what looks secret.' },
        },
        ['at', 'durationMs'],
      ),
    },
  },
  [...always, 'log'],
);

/** JSON Schema of a page of deliveries. */
export const deliveriesSchema: JsonSchema = object(
  { deliveries: { type: 'array', items: deliverySchema }, next: text },
  ['deliveries'],
);

const id: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 80,
  description: 'Id of the webhook.',
};

/** Path parameter of routes about one webhook. */
export const idParams: JsonSchema = object({ id });

/** Path parameters of routes about one delivery. */
export const deliveryParams: JsonSchema = object({
  id,
  message: { type: 'string', minLength: 1, maxLength: 200, description: 'Id of the delivery.' },
});

/** What a webhook looks like, for the document. */
export const exampleWebhook = {
  id: 'wh_4f1d2c3b5a69788796a5b4c3',
  url: 'https://example.com/hooks/agents',
  description: 'Tickets',
  events: ['run.succeeded', 'run.failed'],
  include: [],
  enabled: true,
  createdBy: 'usr_0a1b2c3d4e5f60718293',
  createdAt: 1_764_374_400_000,
} as const;

/** What a delivery looks like, for the document. */
export const exampleDelivery = {
  id: 'msg_run_0mhx3v2k1a7c3e5f901234567_9',
  type: 'run.failed',
  runId: 'run_0mhx3v2k1a7c3e5f901234567',
  state: 'pending',
  attempts: 1,
  nextAt: 1_764_374_405_000,
  error: 'AF_WEBHOOK_REFUSED',
  happenedAt: 1_764_374_400_000,
} as const;
