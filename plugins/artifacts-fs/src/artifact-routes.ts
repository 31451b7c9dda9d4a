import type { Json, JsonSchema } from '@agent-factory/sdk';
import {
  artifactErrors as errors,
  artifactErrorTable,
  builderRoles,
  readerRoles,
  type Artifact,
  type ArtifactStore,
  type HttpRoute,
  type Permission,
  type TenantArtifacts,
} from '@agent-factory/sdk/contracts';

/** Bytes of one answer; the rest is asked for with another offset. */
const mostBytes = 1_048_576;

const notFound = artifactErrorTable.AF_ARTIFACT_NOT_FOUND;

const artifactSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'SHA-256 of the content, hex.' },
    mediaType: { type: 'string' },
    name: { type: 'string' },
    bytes: { type: 'integer' },
    createdAt: { type: 'integer', description: 'Milliseconds since the epoch.' },
    expiresAt: { type: 'integer', description: 'From then on it is gone. Never, if not given.' },
  },
  required: ['id', 'mediaType', 'bytes', 'createdAt'],
  additionalProperties: false,
};
const id = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
const example = { id, mediaType: 'text/plain', bytes: 11, createdAt: 1_764_374_400_000 };
const params: JsonSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'Id of the artifact.' } },
  required: ['id'],
  additionalProperties: false,
};

/** What they ask for. */
export const artifactPermissions: readonly Permission[] = [
  { name: 'artifacts:read', description: 'Read artifacts of runs.', roles: [...readerRoles, 'service'] },
  { name: 'artifacts:write', description: 'Remove artifacts.', roles: builderRoles },
];

/** Routes under `/api/v1/artifacts`. */
export function artifactRoutes(store: ArtifactStore): readonly HttpRoute[] {
  const found = async (artifacts: TenantArtifacts, wanted: string): Promise<Artifact> => {
    const artifact = await artifacts.head(wanted);
    if (artifact === undefined) throw errors.AF_ARTIFACT_NOT_FOUND({ id: wanted });
    return artifact;
  };
  return [
    {
      method: 'GET',
      path: '/api/v1/artifacts',
      operationId: 'listArtifacts',
      summary: 'List artifacts, newest first.',
      tag: 'Artifacts',
      permission: 'artifacts:read',
      query: {
        type: 'object',
        properties: {
          runId: { type: 'string', description: 'Those of one run.', maxLength: 200 },
          limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
          before: { type: 'string', description: 'Id of the last of the page before.', maxLength: 64 },
        },
        additionalProperties: false,
      },
      responses: {
        200: {
          description: 'The artifacts.',
          schema: {
            type: 'object',
            properties: { artifacts: { type: 'array', items: artifactSchema } },
            required: ['artifacts'],
            additionalProperties: false,
          },
          example: { artifacts: [example] },
        },
      },
      rate: 'read',
      handler: async ({ query, principal }) => ({
        body: { artifacts: (await store.tenant(principal.tenant).list(query)).map(jsonOf) },
      }),
    },
    {
      method: 'GET',
      path: '/api/v1/artifacts/{id}',
      operationId: 'getArtifact',
      summary: 'Read what is known of an artifact.',
      tag: 'Artifacts',
      permission: 'artifacts:read',
      params,
      responses: { 200: { description: 'The artifact.', schema: artifactSchema, example } },
      errors: { AF_ARTIFACT_NOT_FOUND: notFound },
      rate: 'read',
      handler: async ({ params: { id: wanted = '' }, principal }) => ({
        body: jsonOf(await found(store.tenant(principal.tenant), wanted)),
      }),
    },
    {
      method: 'GET',
      path: '/api/v1/artifacts/{id}/content',
      operationId: 'readArtifact',
      summary: 'Read a part of the content of an artifact, in base64.',
      tag: 'Artifacts',
      permission: 'artifacts:read',
      params,
      query: {
        type: 'object',
        properties: {
          offset: { type: 'integer', minimum: 0, default: 0, description: 'The first byte.' },
          length: { type: 'integer', minimum: 1, maximum: mostBytes, default: mostBytes },
        },
        additionalProperties: false,
      },
      responses: {
        200: {
          description: 'The part; `next` is left out at the end.',
          schema: {
            type: 'object',
            properties: {
              mediaType: { type: 'string' },
              bytes: { type: 'integer', description: 'Length of the whole.' },
              base64: { type: 'string' },
              next: { type: 'integer' },
            },
            required: ['mediaType', 'bytes', 'base64'],
            additionalProperties: false,
          },
          example: { mediaType: 'text/plain', bytes: 11, base64: 'aGVsbG8gd29ybGQ=' },
        },
      },
      errors: { AF_ARTIFACT_NOT_FOUND: notFound },
      rate: 'read',
      handler: async ({ params: { id: wanted = '' }, query, principal }) => {
        const artifacts = store.tenant(principal.tenant);
        const { mediaType, bytes } = await found(artifacts, wanted);
        const { offset, length } = query as { offset: number; length: number }; // defaults are filled in
        const parts: Uint8Array[] = [];
        for await (const part of artifacts.read(wanted, { offset, length })) parts.push(part);
        const content = Buffer.concat(parts);
        const end = offset + content.length;
        return {
          body: { mediaType, bytes, base64: content.toString('base64'), ...(end < bytes && { next: end }) },
        };
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/artifacts/{id}',
      operationId: 'deleteArtifact',
      summary: 'Delete an artifact, whichever runs it belongs to.',
      tag: 'Artifacts',
      permission: 'artifacts:write',
      params,
      responses: {
        200: {
          description: 'It is gone.',
          schema: { type: 'object', properties: { deleted: { const: true } }, required: ['deleted'] },
          example: { deleted: true },
        },
      },
      errors: { AF_ARTIFACT_NOT_FOUND: notFound },
      rate: 'write',
      handler: async ({ params: { id: wanted = '' }, principal }) => {
        const deleted = await store.tenant(principal.tenant).delete(wanted);
        if (!deleted) throw errors.AF_ARTIFACT_NOT_FOUND({ id: wanted });
        return { body: { deleted } };
      },
    },
  ];
}

/** An interface holds JSON alone, but lacks the index signature of Json. */
function jsonOf(artifact: Artifact): Json {
  return { ...artifact };
}
