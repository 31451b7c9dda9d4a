import { artifactErrors as errors, type ArtifactStore, type Tool } from '@agent-factory/sdk/contracts';

/** Bytes that are given at once. */
const mostBytes = 32_768;

/** The tool `read_artifact`: a part of a long result that was kept as an artifact. */
export function createReadArtifact(store: ArtifactStore): Tool {
  return {
    name: 'read_artifact',
    description:
      'Reads a part of an artifact as text: of a result of another tool that was too long to be shown whole. ' +
      'Begin at offset 0 and go on at "next".',
    input: {
      type: 'object',
      properties: {
        id: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'The id of the artifact.' },
        offset: { type: 'integer', minimum: 0, description: 'The first byte. Default 0.' },
        length: {
          type: 'integer',
          minimum: 1,
          maximum: mostBytes,
          description: `How many bytes. Default ${mostBytes}.`,
        },
      },
      required: ['id'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        text: { type: 'string', description: 'The part, as text in UTF-8.' },
        mediaType: { type: 'string' },
        bytes: { type: 'integer', description: 'Length of the whole.' },
        next: { type: 'integer', description: 'Where it goes on; left out at the end.' },
      },
      required: ['text', 'mediaType', 'bytes'],
      additionalProperties: false,
    },
    effect: 'read',
    async run(input, { tenant, signal }) {
      const {
        id,
        offset = 0,
        length = mostBytes,
      } = input as { id: string; offset?: number; length?: number }; // as the schema says
      const artifacts = store.tenant(tenant);
      const found = await artifacts.head(id);
      if (found === undefined) throw errors.AF_ARTIFACT_NOT_FOUND({ id });
      const parts: Uint8Array[] = [];
      for await (const part of artifacts.read(id, { offset, length })) {
        signal.throwIfAborted();
        parts.push(part);
      }
      const content = Buffer.concat(parts);
      const end = offset + content.length;
      const isEnd = end >= found.bytes;
      const whole = isEnd ? content : content.subarray(0, wholeCharacters(content));
      const next = isEnd ? undefined : offset + whole.length;
      return {
        text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(whole),
        mediaType: found.mediaType,
        bytes: found.bytes,
        ...(next !== undefined && { next }),
      };
    },
  };
}

/** How many of the bytes are whole characters of UTF-8; all of them where it is none. */
function wholeCharacters(content: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, content.length - 1); back++) {
    const byte = content[content.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needs > back ? content.length - back : content.length;
  }
  return content.length;
}
