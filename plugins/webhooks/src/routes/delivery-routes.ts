import type { HttpRequest, HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import type { DeliveryQuery } from '../store/delivery-rows.ts';
import type { TenantWebhooks } from '../webhooks.ts';
import { jsonOf } from './webhook-routes.ts';
import {
  deliveriesSchema,
  deliveryDetailsSchema,
  deliveryParams,
  deliverySchema,
  exampleDelivery,
  idParams,
  object,
} from './webhook-schemas.ts';

const {
  AF_WEBHOOK_UNKNOWN,
  AF_WEBHOOK_DISABLED,
  AF_WEBHOOK_DELIVERY_UNKNOWN,
  AF_WEBHOOK_DELIVERY_PENDING,
  AF_WEBHOOK_QUERY_INVALID,
} = errorTable;
const one = '/api/v1/webhooks/{id}';

/** Routes about what is delivered to a webhook. */
export function deliveryRoutes(webhooks: (tenant: string) => TenantWebhooks): readonly HttpRoute[] {
  const of = ({ principal }: HttpRequest): TenantWebhooks => webhooks(principal.tenant);
  const idOf = ({ params }: HttpRequest): string => params['id'] ?? '';
  const messageOf = ({ params }: HttpRequest): string => params['message'] ?? '';
  const read = { tag: 'Webhooks', permission: 'webhooks:read', rate: 'read', method: 'GET' } as const;
  const manage = { tag: 'Webhooks', permission: 'webhooks:manage', rate: 'write', method: 'POST' } as const;
  return [
    {
      ...manage,
      path: `${one}/test`,
      operationId: 'testWebhook',
      summary: 'Send a test event to a webhook, `webhook.test`.',
      params: idParams,
      responses: {
        202: { description: 'It is sent.', schema: deliverySchema, example: exampleDelivery },
      },
      errors: { AF_WEBHOOK_UNKNOWN, AF_WEBHOOK_DISABLED },
      handler: async (request) => ({ status: 202, body: jsonOf(await of(request).test(idOf(request))) }),
    },
    {
      ...read,
      path: `${one}/deliveries`,
      operationId: 'listWebhookDeliveries',
      summary: 'List what is delivered to a webhook, newest first; those that are dead with `state=dead`.',
      params: idParams,
      query: object(
        {
          state: { enum: ['pending', 'delivered', 'dead'], description: 'Only those.' },
          limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
          after: {
            type: 'string',
            minLength: 1,
            maxLength: 4096,
            description: '`next` of the page before.',
          },
        },
        [],
      ),
      responses: {
        200: {
          description: 'Deliveries.',
          schema: deliveriesSchema,
          example: { deliveries: [exampleDelivery] },
        },
      },
      errors: { AF_WEBHOOK_UNKNOWN, AF_WEBHOOK_QUERY_INVALID },
      handler: async (request) => {
        const query = request.query as DeliveryQuery; // as its schema says
        return { body: jsonOf(await of(request).deliveries(idOf(request), query)) };
      },
    },
    {
      ...read,
      path: `${one}/deliveries/{message}`,
      operationId: 'getWebhookDelivery',
      summary: 'Read one delivery with its attempts.',
      params: deliveryParams,
      responses: {
        200: {
          description: 'The delivery.',
          schema: deliveryDetailsSchema,
          example: {
            ...exampleDelivery,
            log: [
              {
                at: 1_764_374_400_010,
                durationMs: 31,
                status: 500,
                error: 'AF_WEBHOOK_REFUSED',
                reason: 'The receiver answered with status 500.',
                answer: 'Internal Server Error',
              },
            ],
          },
        },
      },
      errors: { AF_WEBHOOK_UNKNOWN, AF_WEBHOOK_DELIVERY_UNKNOWN },
      handler: async (request) => ({
        body: jsonOf(await of(request).delivery(idOf(request), messageOf(request))),
      }),
    },
    {
      ...manage,
      path: `${one}/deliveries/{message}/replay`,
      operationId: 'replayWebhookDelivery',
      summary: 'Deliver once more, with all attempts.',
      description: 'Its id is the same: a receiver that had it knows so.',
      params: deliveryParams,
      responses: {
        202: { description: 'It is sent.', schema: deliverySchema, example: exampleDelivery },
      },
      errors: {
        AF_WEBHOOK_UNKNOWN,
        AF_WEBHOOK_DISABLED,
        AF_WEBHOOK_DELIVERY_UNKNOWN,
        AF_WEBHOOK_DELIVERY_PENDING,
      },
      handler: async (request) => ({
        status: 202,
        body: jsonOf(await of(request).replay(idOf(request), messageOf(request))),
      }),
    },
    {
      ...manage,
      path: `${one}/replay`,
      operationId: 'replayDeadWebhookDeliveries',
      summary: 'Deliver all that is dead once more, since a time.',
      params: idParams,
      body: object(
        {
          since: {
            type: 'integer',
            minimum: 0,
            maximum: 9_007_199_254_740_991,
            default: 0,
            description: 'Milliseconds since the epoch: only what happened then or later. Default: all.',
          },
        },
        [],
      ),
      bodyExample: { since: 1_764_374_400_000 },
      responses: {
        202: {
          description: 'They are sent.',
          schema: object({ replayed: { type: 'integer', minimum: 0 } }),
          example: { replayed: 12 },
        },
      },
      errors: { AF_WEBHOOK_UNKNOWN, AF_WEBHOOK_DISABLED },
      handler: async (request) => {
        const { since = 0 } = request.body as { readonly since?: number }; // as its schema says
        return { status: 202, body: { replayed: await of(request).replayDead(idOf(request), since) } };
      },
    },
  ];
}
