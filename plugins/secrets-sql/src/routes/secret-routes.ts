import { Secret, type Json } from '@agent-factory/sdk';
import type {
  HttpReply,
  HttpRequest,
  HttpRoute,
  SecretChange,
  SecretCondition,
  SecretFacts,
  SecretVault,
  TenantSecrets,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import {
  changeSchema,
  detailsExample,
  detailsSchema,
  exactly,
  factsExample,
  factsSchema,
  nameParams,
  versionSchema,
} from './secret-schemas.ts';

/** Routes about the secrets of the tenant of whoever asks. None answers with a value. */
export function secretRoutes(vault: Pick<SecretVault, 'tenant'>): readonly HttpRoute[] {
  const own = ({ principal }: HttpRequest): TenantSecrets => vault.tenant(principal.tenant);
  const tag = { tag: 'Secrets' } as const;
  const one = {
    ...tag,
    path: '/api/v1/secrets/{name}',
    params: nameParams,
    resource: 'secrets/{name}',
  } as const;
  const change = { ...one, permission: 'secrets:manage', rate: 'write' } as const;
  const kept = { description: 'What is kept.', schema: factsSchema, example: factsExample };
  const { AF_SECRET_NOT_FOUND, AF_SECRET_UNMATCHED } = errorTable;
  return [
    {
      ...tag,
      method: 'GET',
      path: '/api/v1/secrets',
      operationId: 'listSecrets',
      summary: 'List the secrets the tenant keeps, without their values.',
      permission: 'secrets:read',
      rate: 'read',
      responses: {
        200: {
          description: 'The secrets, by name.',
          schema: exactly({ secrets: { type: 'array', items: factsSchema, maxItems: 1000 } }),
          example: { secrets: [factsExample] },
        },
      },
      async handler(request) {
        const all = await own(request).list();
        return { body: { secrets: all.map(bodyOf) } };
      },
    },
    {
      ...one,
      method: 'GET',
      operationId: 'getSecret',
      summary: 'Show one secret and its versions, without values.',
      permission: 'secrets:read',
      rate: 'read',
      responses: { 200: { description: 'The secret.', schema: detailsSchema, example: detailsExample } },
      errors: { AF_SECRET_NOT_FOUND },
      async handler(request) {
        const found = await own(request).get(nameOf(request));
        if (!found) throw errors.AF_SECRET_NOT_FOUND({ name: nameOf(request) });
        return replyOf(found);
      },
    },
    {
      ...change,
      method: 'PUT',
      operationId: 'putSecret',
      summary: 'Set the value of a secret, and where it may be sent.',
      description:
        'It is a new version, and takes effect with the next use. Hosts and description are set with it, and are empty ' +
        'where they are left out: nobody sends a value elsewhere without knowing it.',
      preconditions: true,
      body: changeSchema,
      bodyExample: {
        value: 'a token of the shop',
        hosts: ['api.shop.example'],
        description: 'Reads orders of the shop.',
      },
      responses: { 200: kept },
      errors: {
        AF_SECRET_INVALID: errorTable.AF_SECRET_INVALID,
        AF_SECRET_FULL: errorTable.AF_SECRET_FULL,
        AF_SECRET_UNMATCHED,
      },
      async handler(request) {
        const { value, ...rest } = request.body as { value: string } & Omit<SecretChange, 'value'>; // as its schema says
        const asked = { ...rest, value: new Secret(value) };
        return replyOf(await own(request).put(nameOf(request), asked, conditionOf(request)));
      },
    },
    {
      ...change,
      method: 'DELETE',
      operationId: 'removeSecret',
      summary: 'Remove a secret with all its versions.',
      preconditions: true,
      responses: {
        200: {
          description: 'It was removed.',
          schema: exactly({ removed: { type: 'boolean' } }),
          example: { removed: true },
        },
      },
      errors: { AF_SECRET_NOT_FOUND, AF_SECRET_UNMATCHED },
      async handler(request) {
        await own(request).remove(nameOf(request), conditionOf(request));
        return { body: { removed: true } };
      },
    },
    {
      ...change,
      method: 'POST',
      path: '/api/v1/secrets/{name}/rollback',
      operationId: 'rollbackSecret',
      summary: 'Make the value and hosts of an earlier version those of a new one.',
      body: exactly({ version: versionSchema }),
      bodyExample: { version: 1 },
      responses: { 200: kept },
      errors: {
        AF_SECRET_NOT_FOUND,
        AF_SECRET_VERSION_UNKNOWN: errorTable.AF_SECRET_VERSION_UNKNOWN,
        AF_SECRET_KEY_MISSING: errorTable.AF_SECRET_KEY_MISSING,
        AF_SECRET_DAMAGED: errorTable.AF_SECRET_DAMAGED,
      },
      async handler(request) {
        const { version } = request.body as { readonly version: number }; // as its schema says
        return replyOf(await own(request).rollback(nameOf(request), version));
      },
    },
  ];
}

function nameOf({ params }: HttpRequest): string {
  return params['name'] ?? '';
}

function conditionOf({ precondition }: HttpRequest): SecretCondition {
  return precondition ? { holds: precondition } : {};
}

function replyOf(facts: SecretFacts): HttpReply {
  return { headers: { etag: facts.tag }, body: bodyOf(facts) };
}

/** The tag goes in a header. */
function bodyOf({ tag: _tag, ...facts }: SecretFacts): Json {
  return facts;
}
