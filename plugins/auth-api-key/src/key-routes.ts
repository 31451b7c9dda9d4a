import type { Json, JsonSchema } from '@agent-factory/sdk';
import {
  accessErrors,
  checkGivable,
  conditionOf,
  entityTag,
  preconditionErrorTable,
  type Accounts,
  type ApiKey,
  type ApiKeys,
  type HttpResponseSpec,
  type HttpRoute,
  type Permission,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from './errors.ts';

/** What the routes of this plugin ask for. */
export const keyPermissions: readonly Permission[] = [
  { name: 'keys:read', description: 'See the API keys of the tenant.', roles: ['tenant-admin'] },
  {
    name: 'keys:write',
    description: 'Make, rotate and revoke API keys of the tenant.',
    roles: ['tenant-admin'],
    danger: 'high',
  },
];

const text: JsonSchema = { type: 'string' };
const time: JsonSchema = { type: 'integer', minimum: 0, description: 'Milliseconds since the epoch.' };
const scopes: JsonSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 100 },
  maxItems: 200,
  description: 'It carries these permissions of the account and no others. Default: all it has.',
};
const keySchema: JsonSchema = {
  type: 'object',
  properties: {
    id: text,
    account: text,
    name: text,
    scopes,
    createdAt: time,
    createdBy: text,
    expiresAt: time,
    revokedAt: time,
    lastUsedAt: time,
    replaces: text,
  },
  required: ['id', 'account', 'name', 'createdAt', 'createdBy'],
  additionalProperties: false,
};
const newKeySchema: JsonSchema = {
  type: 'object',
  properties: { key: keySchema, secret: { ...text, description: 'Shown this once.' } },
  required: ['key', 'secret'],
  additionalProperties: false,
};
const exampleKey = {
  id: '7Yh2kP0aQx3B',
  account: 'svc_5f0c6d0e9b7a4d3c8e21',
  name: 'nightly import',
  scopes: ['runs:write'],
  createdAt: 1_764_374_400_000,
  createdBy: 'usr_0a1b2c3d4e5f60718293',
  expiresAt: 1_795_910_400_000,
};
const keyResponse: HttpResponseSpec = { description: 'The key.', schema: keySchema, example: exampleKey };
const exampleNew = { key: exampleKey, secret: 'af_7Yh2kP0aQx3B_0000000000000000000000000000000000000' };
const params: JsonSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[0-9A-Za-z]{12}$', description: 'Id of the key.' } },
  required: ['id'],
  additionalProperties: false,
};

/** Routes about the keys of the tenant of whoever asks. */
export function keyRoutes(keys: ApiKeys, accounts: Accounts): readonly HttpRoute[] {
  const shared = { tag: 'Keys' } as const;
  const one = { ...shared, permission: 'keys:write', params, rate: 'write' } as const;
  const { AF_API_KEY_UNKNOWN, AF_API_KEY_OVER, AF_API_KEY_ACCOUNT, AF_API_KEY_EXPIRY } = errorTable;

  /**
   * A key carries nothing that whoever makes it does not have. One without scopes follows its account: whoever gives
   * the account more gives it to the key.
   */
  const checkWide = async (
    principal: Principal,
    account: string,
    wanted: readonly string[] | undefined,
  ): Promise<void> => {
    const rights = await accounts.rights(account, principal.tenant);
    if (!rights) throw errors.AF_API_KEY_ACCOUNT({ account: account.slice(0, 80) });
    const all = [...rights.permissions, ...rights.grants.map(({ permission }) => permission)];
    checkGivable(principal, wanted ?? all);
  };

  /**
   * When the key ends that somebody makes another with, or a token of such a key; what is made with it ends no later. A
   * key that was taken back since the request came makes none at all.
   */
  const endOf = async ({ tenant, credential }: Principal): Promise<{ readonly noLaterThan?: number }> => {
    if (credential?.scheme !== 'api-key')
      return credential?.until === undefined ? {} : { noLaterThan: credential.until };
    const key = await keys.tenant(tenant).get(credential.id);
    if (!key || key.revokedAt !== undefined) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({});
    return key.expiresAt === undefined ? {} : { noLaterThan: key.expiresAt };
  };

  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/keys',
      operationId: 'listKeys',
      summary: 'List API keys of the tenant, newest first.',
      permission: 'keys:read',
      responses: {
        200: {
          description: 'The keys, without their secrets.',
          schema: {
            type: 'object',
            properties: { keys: { type: 'array', items: keySchema } },
            required: ['keys'],
            additionalProperties: false,
          },
          example: { keys: [exampleKey] },
        },
      },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: { keys: (await keys.tenant(principal.tenant).list()) as unknown as Json }, // plain data
      }),
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/keys',
      operationId: 'createKey',
      secretAnswer: true,
      summary: 'Make an API key.',
      description:
        'For oneself, or for a member that may do nothing one may not. What is made with a key ends no later than that ' +
        'key. The secret is shown this once.',
      permission: 'keys:write',
      body: {
        type: 'object',
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 200 },
          account: { type: 'string', minLength: 1, maxLength: 100, description: 'Default: oneself.' },
          scopes,
          expiresAt: time,
        },
        required: ['name'],
        additionalProperties: false,
      },
      bodyExample: { name: 'nightly import', scopes: ['runs:write'] },
      responses: { 201: { description: 'The key.', schema: newKeySchema, example: exampleNew } },
      errors: { AF_API_KEY_ACCOUNT, AF_API_KEY_EXPIRY },
      rate: 'write',
      handler: async ({ body, principal }) => {
        const wish = body as { name: string; account?: string; scopes?: string[]; expiresAt?: number }; // as its schema says
        const account = wish.account ?? principal.id;
        await checkWide(principal, account, wish.scopes);
        const made = await keys.tenant(principal.tenant).create({
          ...wish,
          account,
          by: principal.id,
          ...(await endOf(principal)),
        });
        return { status: 201, body: made as unknown as Json }; // plain data
      },
    },
    {
      ...one,
      method: 'POST',
      path: '/api/v1/keys/{id}/rotate',
      operationId: 'rotateKey',
      secretAnswer: true,
      summary: 'Make a key in the place of another, which holds for a while more.',
      body: {
        type: 'object',
        properties: {
          overlapMs: {
            type: 'integer',
            minimum: 0,
            maximum: 2_592_000_000,
            default: 86_400_000,
            description: 'Milliseconds that the old key holds on. Default a day.',
          },
        },
        additionalProperties: false,
      },
      bodyExample: { overlapMs: 86_400_000 },
      responses: { 201: { description: 'The new key.', schema: newKeySchema, example: exampleNew } },
      errors: { AF_API_KEY_UNKNOWN, AF_API_KEY_OVER },
      handler: async ({ params: { id = '' }, body, principal }) => {
        const { overlapMs = 86_400_000 } = body as { readonly overlapMs?: number }; // as its schema says
        const own = keys.tenant(principal.tenant);
        const old = await own.get(id);
        if (!old) throw errors.AF_API_KEY_UNKNOWN({ key: id });
        await checkWide(principal, old.account, old.scopes);
        const made = await own.rotate(id, {
          overlapMs,
          by: principal.id,
          ...(await endOf(principal)),
        });
        return { status: 201, body: made as unknown as Json }; // plain data
      },
    },
    {
      ...one,
      method: 'GET',
      path: '/api/v1/keys/{id}',
      operationId: 'getKey',
      summary: 'Show one API key.',
      permission: 'keys:read',
      responses: { 200: keyResponse },
      errors: { AF_API_KEY_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { id = '' }, principal }) => {
        const found = await keys.tenant(principal.tenant).get(id);
        if (!found) throw errors.AF_API_KEY_UNKNOWN({ key: id });
        return { headers: { etag: entityTag(JSON.stringify(setOf(found))) }, body: jsonOf(found) };
      },
    },
    {
      ...one,
      method: 'DELETE',
      path: '/api/v1/keys/{id}',
      operationId: 'revokeKey',
      preconditions: true,
      summary: 'Revoke a key. It proves nothing from now on.',
      responses: { 200: keyResponse },
      errors: { AF_API_KEY_UNKNOWN, ...preconditionErrorTable },
      handler: async (request) => {
        const {
          params: { id = '' },
          principal,
        } = request;
        return { body: jsonOf(await keys.tenant(principal.tenant).revoke(id, conditionOf(request, setOf))) };
      },
    },
  ];
}

/** All but when it was used last, which each use changes. */
function setOf({ lastUsedAt: _used, ...key }: ApiKey): Json {
  return key as unknown as Json; // plain data
}

function jsonOf(key: ApiKey): Json {
  return key as unknown as Json; // plain data
}
