import type { ArtifactStore, McpResource } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';

const maxBytes = 4_194_304;
const isText = /^text\/|[/+](?:json|xml|yaml)\b/;

/** The artifacts of the caller's tenant, as resources. */
export function artifactResource(store: ArtifactStore): McpResource {
  const uriOf = (id: string): string => `artifact://${id}`;
  return {
    name: 'artifacts',
    uri: 'artifact://{id}',
    description: 'What runs have kept: long results, pictures, files.',
    permission: 'artifacts:read',
    async list({ principal }) {
      const found = await store.tenant(principal.tenant).list({ limit: 100 });
      return found.map(({ id, name, mediaType }) => ({
        uri: uriOf(id),
        name: name ?? id,
        mimeType: mediaType,
      }));
    },
    async read(uri, { id = '' }, { principal }) {
      const artifacts = store.tenant(principal.tenant);
      const known = /^[0-9a-f]{64}$/.test(id) ? await artifacts.head(id) : undefined;
      if (!known) return undefined;
      const { mediaType: mimeType, bytes } = known;
      if (bytes > maxBytes) throw errors.AF_MCP_RESOURCE_TOO_LARGE({ uri, bytes, max: maxBytes });
      const pieces: Uint8Array[] = [];
      for await (const piece of artifacts.read(id)) pieces.push(piece);
      const content = Buffer.concat(pieces);
      return [
        isText.test(mimeType)
          ? { uri, mimeType, text: content.toString('utf8') }
          : { uri, mimeType, blob: content.toString('base64') },
      ];
    },
  };
}
