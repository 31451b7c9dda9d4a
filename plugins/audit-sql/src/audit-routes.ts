import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { AuditLog, AuditQuery, HttpRequest, HttpRoute, Permission } from '@agent-factory/sdk/contracts';

/** What the routes of this plugin ask for. */
export const auditPermissions: readonly Permission[] = [
  {
    name: 'audit:read',
    description: 'Read what was changed and refused in the tenant, and verify it.',
    roles: ['tenant-admin'],
  },
  {
    name: 'platform-audit:read',
    description:
      'Read what was changed and refused about the platform, or where no tenant was known, and verify it.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
];

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 1 };
const outcome: JsonSchema = { enum: ['done', 'refused', 'failed'] };
const recordSchema: JsonSchema = {
  type: 'object',
  properties: {
    seq: count,
    at: { type: 'integer', description: 'Milliseconds since the epoch.' },
    who: text,
    tenant: text,
    credential: text,
    action: text,
    permission: text,
    target: text,
    outcome,
    code: text,
    requestId: text,
    hash: { ...text, description: 'SHA-256 over the hash before and this entry, hex.' },
  },
  required: ['seq', 'at', 'who', 'action', 'target', 'outcome', 'requestId', 'hash'],
  additionalProperties: false,
};
const exampleRecord = {
  seq: 7,
  at: 1_764_374_400_000,
  who: 'usr_5f0c6d0e9b7a4d3c8e21',
  tenant: 'default',
  credential: 'session:f3kQ0mA4Qy2eYw2S',
  action: 'putAgent',
  permission: 'agents:write',
  target: '/api/v1/agents/guide',
  outcome: 'done',
  requestId: '0b5f3f5e-6f0e-4f7e-9d52-5d6f0c1a2b3c',
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};

/** Reading and verifying the log of a tenant, and that of the platform. */
export function auditRoutes(audit: AuditLog): readonly HttpRoute[] {
  return [
    ...routesOf({
      base: '/api/v1/audit',
      title: '',
      permission: 'audit:read',
      whose: 'of the tenant',
      chain: ({ principal }) => audit.chain(principal.tenant),
    }),
    ...routesOf({
      base: '/api/v1/platform/audit',
      title: 'Platform',
      permission: 'platform-audit:read',
      whose: 'of the platform',
      chain: () => audit.chain(),
    }),
  ];
}

function routesOf({
  base,
  title,
  permission,
  whose,
  chain,
}: {
  readonly base: string;
  readonly title: string;
  readonly permission: string;
  readonly whose: string;
  chain(request: HttpRequest): ReturnType<AuditLog['chain']>;
}): readonly HttpRoute[] {
  const shared = { method: 'GET', tag: 'Audit', permission, rate: 'read' } as const;
  return [
    {
      ...shared,
      path: base,
      operationId: `list${title}Audit`,
      summary: `List what was changed and refused ${whose}, newest first.`,
      query: {
        type: 'object',
        properties: {
          before: { ...count, description: 'Only entries before this number.' },
          limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
          who: { type: 'string', maxLength: 200 },
          action: { type: 'string', maxLength: 200 },
          outcome,
        },
        additionalProperties: false,
      },
      responses: {
        200: {
          description: 'The entries.',
          schema: {
            type: 'object',
            properties: { entries: { type: 'array', items: recordSchema } },
            required: ['entries'],
            additionalProperties: false,
          },
          example: { entries: [exampleRecord] },
        },
      },
      handler: async (request) => {
        const entries = await chain(request).list(request.query as AuditQuery); // as its schema says
        return { body: { entries: entries as unknown as Json } }; // plain data
      },
    },
    {
      ...shared,
      path: `${base}/verify`,
      operationId: `verify${title}Audit`,
      summary: `Say whether the entries ${whose} are as they were written.`,
      description:
        'That the end was cut off shows only against a head that was written down elsewhere: give its number and hash.',
      query: {
        type: 'object',
        properties: { seq: count, hash: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
        dependentRequired: { seq: ['hash'], hash: ['seq'] },
        additionalProperties: false,
      },
      responses: {
        200: {
          description: 'Whether they are.',
          schema: {
            type: 'object',
            properties: {
              whole: { type: 'boolean' },
              entries: { type: 'integer' },
              head: text,
              seq: count,
              reason: text,
            },
            required: ['whole'],
            additionalProperties: false,
          },
          example: { whole: true, entries: 7, head: exampleRecord.hash },
        },
      },
      handler: async (request) => {
        const { seq, hash } = request.query as { readonly seq?: number; readonly hash?: string }; // as their schema says
        const head = seq !== undefined && hash !== undefined ? { seq, hash } : undefined;
        return { body: { ...(await chain(request).verify(head)) } };
      },
    },
  ];
}
