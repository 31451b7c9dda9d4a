import type { JsonSchema } from '@agent-factory/sdk';
import type { HttpRoute, RewrapOptions, SecretVault } from '@agent-factory/sdk/contracts';
import { exactly } from './secret-schemas.ts';

const count: JsonSchema = { type: 'integer', minimum: 0 };
const tenantId: JsonSchema = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$', maxLength: 63 };

/** Routes about the keys of the operator. */
export function keyRoutes(vault: Pick<SecretVault, 'usage' | 'rewrap'>): readonly HttpRoute[] {
  const tag = { tag: 'Platform' } as const;
  return [
    {
      ...tag,
      method: 'GET',
      path: '/api/v1/platform/secret-keys',
      operationId: 'listSecretKeys',
      summary: 'List the keys that secrets of tenants are under, and how much each still holds.',
      description:
        'A key can be taken out of the configuration when it wraps nothing. What is under one that is missing cannot be opened.',
      permission: 'secret-keys:read',
      rate: 'read',
      responses: {
        200: {
          description: 'The keys, the one that seals first.',
          schema: exactly({
            keys: {
              type: 'array',
              items: exactly({
                id: { type: 'string' },
                state: { enum: ['seals', 'opens', 'missing'] },
                wraps: { ...count, description: 'Data keys that it wraps now.' },
                made: {
                  ...count,
                  description: 'Data keys that were made under it, whatever wraps them now.',
                },
              }),
            },
          }),
          example: {
            keys: [
              { id: '2027', state: 'seals', wraps: 40, made: 3 },
              { id: '2026', state: 'opens', wraps: 2, made: 39 },
            ],
          },
        },
      },
      handler: async () => ({ body: { keys: (await vault.usage()).map((key) => ({ ...key })) } }),
    },
    {
      ...tag,
      method: 'POST',
      path: '/api/v1/platform/secret-keys/rewrap',
      operationId: 'rewrapSecretKeys',
      summary: 'Put the secrets of tenants under the key that seals now, some tenants at a time.',
      description:
        'Secrets can be used meanwhile. Ask again with "after" as the answer has it in "next", until there is none. With ' +
        '"renew", data keys that were made under another key are replaced, and all values sealed anew: for when that key ' +
        'may have been seen.',
      permission: 'secret-keys:write',
      rate: 'write',
      body: exactly(
        {
          after: { ...tenantId, description: 'Tenants after this one alone.' },
          limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100, description: 'Most tenants.' },
          renew: { type: 'boolean', default: false },
        },
        ['after', 'limit', 'renew'],
      ),
      bodyExample: { limit: 100 },
      responses: {
        200: {
          description: 'What was done.',
          schema: exactly(
            {
              tenants: { ...count, description: 'Tenants that were looked at.' },
              rewrapped: { ...count, description: 'Data keys that were wrapped anew.' },
              resealed: { ...count, description: 'Values that were sealed anew.' },
              unopened: { ...count, description: 'Data keys and values that cannot be opened.' },
              next: { ...tenantId, description: 'Left out when no tenants are left.' },
            },
            ['next'],
          ),
          example: { tenants: 100, rewrapped: 40, resealed: 0, unopened: 0, next: 'acme' },
        },
      },
      async handler({ body, signal }) {
        const asked = body as RewrapOptions; // as its schema says
        return { body: { ...(await vault.rewrap({ limit: 100, ...asked, signal })) } };
      },
    },
  ];
}
