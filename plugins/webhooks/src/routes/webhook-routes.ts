import type { Json } from '@agent-factory/sdk';
import {
  builderRoles,
  conditionOf,
  preconditionErrorTable,
  type HttpRequest,
  type HttpRoute,
  type Permission,
} from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import type { WebhookSettings } from '../webhook.ts';
import type { TenantWebhooks } from '../webhooks.ts';
import {
  exampleWebhook,
  idParams,
  object,
  settings,
  webhookSchema,
  withSecretSchema,
} from './webhook-schemas.ts';

/** What the routes of webhooks ask for. */
export const webhookPermissions: readonly Permission[] = [
  {
    name: 'webhooks:read',
    description: 'See the webhooks of the tenant and what was delivered to them.',
    roles: builderRoles,
  },
  {
    name: 'webhooks:manage',
    description: 'Have servers told of what happens in the tenant: make, change, test and replay webhooks.',
    roles: ['tenant-admin'],
    danger: 'high',
  },
];

/** Values hold JSON alone, but lack the index signature of Json. */
export function jsonOf(value: object): Json {
  return value as Json; // see above
}

const exampleSecret = { webhook: exampleWebhook, secret: 'whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw' };
const { AF_WEBHOOK_UNKNOWN, AF_WEBHOOK_URL_INVALID, AF_WEBHOOK_TOO_MANY } = errorTable;
const all = '/api/v1/webhooks';
const one = `${all}/{id}`;

/** Routes under `/api/v1/webhooks`. */
export function webhookRoutes(webhooks: (tenant: string) => TenantWebhooks): readonly HttpRoute[] {
  const of = ({ principal }: HttpRequest): TenantWebhooks => webhooks(principal.tenant);
  const idOf = ({ params }: HttpRequest): string => params['id'] ?? '';
  const read = { tag: 'Webhooks', permission: 'webhooks:read', rate: 'read' } as const;
  const manage = { tag: 'Webhooks', permission: 'webhooks:manage', rate: 'write' } as const;
  return [
    {
      ...read,
      method: 'GET',
      path: all,
      operationId: 'listWebhooks',
      summary: 'List the webhooks of the tenant.',
      responses: {
        200: {
          description: 'The webhooks, without their secrets.',
          schema: object({ webhooks: { type: 'array', items: webhookSchema } }),
          example: { webhooks: [exampleWebhook] },
        },
      },
      handler: async (request) => ({ body: jsonOf({ webhooks: await of(request).list() }) }),
    },
    {
      ...manage,
      method: 'POST',
      path: all,
      operationId: 'createWebhook',
      secretAnswer: true,
      summary: 'Have a server told of how runs end and what they wait for.',
      description:
        'Requests are signed by the rules of Standard Webhooks with the secret, which is shown this once. What is told ' +
        'comes at least once, in no particular order, and without contents of the run unless they are asked for.',
      body: object(settings, ['url', 'events']),
      bodyExample: { url: exampleWebhook.url, events: ['run.succeeded', 'run.failed'] },
      responses: {
        201: { description: 'The webhook.', schema: withSecretSchema, example: exampleSecret },
      },
      errors: { AF_WEBHOOK_URL_INVALID, AF_WEBHOOK_TOO_MANY },
      handler: async (request) => {
        const wish = request.body as unknown as Partial<WebhookSettings> &
          Pick<WebhookSettings, 'url' | 'events'>; // as its schema says
        const made = { description: '', include: [], enabled: true, ...wish };
        return { status: 201, body: jsonOf(await of(request).create(made, request.principal.id)) };
      },
    },
    {
      ...read,
      method: 'GET',
      path: one,
      operationId: 'getWebhook',
      revalidates: true,
      summary: 'Read one webhook.',
      params: idParams,
      responses: {
        200: { description: 'The webhook.', schema: webhookSchema, example: exampleWebhook },
      },
      errors: { AF_WEBHOOK_UNKNOWN },
      handler: async (request) => ({ body: jsonOf(await of(request).get(idOf(request))) }),
    },
    {
      ...manage,
      method: 'PATCH',
      path: one,
      operationId: 'changeWebhook',
      preconditions: true,
      summary: 'Change, disable or enable a webhook.',
      description: 'What is pending for a webhook that is disabled is dead, and can be replayed later.',
      params: idParams,
      body: { ...object(settings, []), minProperties: 1 },
      bodyExample: { enabled: false },
      responses: {
        200: { description: 'As it is now.', schema: webhookSchema, example: exampleWebhook },
      },
      errors: { AF_WEBHOOK_UNKNOWN, AF_WEBHOOK_URL_INVALID, ...preconditionErrorTable },
      handler: async (request) => {
        const changes = request.body as unknown as Partial<WebhookSettings>; // as its schema says
        const when = conditionOf(request, jsonOf);
        return { body: jsonOf(await of(request).change(idOf(request), changes, when)) };
      },
    },
    {
      ...manage,
      method: 'DELETE',
      path: one,
      operationId: 'removeWebhook',
      preconditions: true,
      summary: 'Remove a webhook with everything that was delivered to it.',
      params: idParams,
      responses: {
        200: {
          description: 'It is gone.',
          schema: object({ removed: { const: true } }),
          example: { removed: true },
        },
      },
      errors: { AF_WEBHOOK_UNKNOWN, ...preconditionErrorTable },
      handler: async (request) => {
        await of(request).remove(idOf(request), conditionOf(request, jsonOf));
        return { body: { removed: true } };
      },
    },
    {
      ...manage,
      method: 'POST',
      path: `${one}/rotate`,
      operationId: 'rotateWebhookSecret',
      secretAnswer: true,
      summary: 'Sign with a new secret, and for a while with the one before as well.',
      params: idParams,
      body: object(
        {
          overlapMs: {
            type: 'integer',
            minimum: 0,
            maximum: 2_592_000_000,
            default: 86_400_000,
            description: 'Milliseconds that the secret before signs as well. Default a day.',
          },
        },
        [],
      ),
      bodyExample: { overlapMs: 86_400_000 },
      responses: {
        200: { description: 'The webhook.', schema: withSecretSchema, example: exampleSecret },
      },
      errors: { AF_WEBHOOK_UNKNOWN },
      handler: async (request) => {
        const { overlapMs = 86_400_000 } = request.body as { readonly overlapMs?: number }; // as its schema says
        return { body: jsonOf(await of(request).rotate(idOf(request), overlapMs)) };
      },
    },
  ];
}
