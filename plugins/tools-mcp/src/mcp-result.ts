import type { Json, JsonObject } from '@agent-factory/sdk';
import type { ArtifactStore, ToolCallContext } from '@agent-factory/sdk/contracts';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { errors } from './errors.ts';

const mostTold = 2_000;

/** What a tool of ours answers when the server's answers this; pictures and other bytes become artifacts. */
export async function resultOf(
  tool: string,
  result: CallToolResult,
  context: ToolCallContext,
  artifacts: ArtifactStore | undefined,
): Promise<Json> {
  const content = result.content ?? [];
  if (result.isError === true) {
    const text = content
      .map((part) => (part.type === 'text' ? part.text : ''))
      .join('\n')
      .trim();
    throw errors.AF_TOOLS_MCP_TOOL_FAILED({
      tool,
      text: text.slice(0, mostTold).toWellFormed() || '(nothing said)',
    });
  }
  if (result.structuredContent !== undefined) return result.structuredContent as JsonObject; // it came as JSON
  const [first, ...others] = content;
  if (first === undefined) return null;
  if (first.type === 'text' && others.length === 0) return first.text;
  const parts: Json[] = [];
  for (const part of content) parts.push(await partOf(part, context, artifacts));
  return parts.length === 1 ? (parts[0] ?? null) : { content: parts };
}

async function partOf(
  part: CallToolResult['content'][number],
  context: ToolCallContext,
  artifacts: ArtifactStore | undefined,
): Promise<Json> {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
    case 'audio':
      return { type: part.type, ...(await keep(part.data, part.mimeType, context, artifacts)) };
    case 'resource': {
      const { uri, mimeType = 'application/octet-stream' } = part.resource;
      if ('text' in part.resource)
        return { type: 'resource', uri, mediaType: mimeType, text: part.resource.text };
      return { type: 'resource', uri, ...(await keep(part.resource.blob, mimeType, context, artifacts)) };
    }
    case 'resource_link':
      return {
        type: 'resource_link',
        uri: part.uri,
        name: part.name,
        ...(part.description !== undefined && { description: part.description }),
        ...(part.mimeType !== undefined && { mediaType: part.mimeType }),
      };
  }
}

async function keep(
  base64: string,
  mediaType: string,
  { tenant, runId }: ToolCallContext,
  artifacts: ArtifactStore | undefined,
): Promise<JsonObject> {
  const content = Buffer.from(base64, 'base64');
  if (artifacts === undefined)
    return { mediaType, bytes: content.length, note: 'It is not kept: the platform has no artifact store.' };
  const type = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(mediaType)
    ? mediaType
    : 'application/octet-stream';
  const kept = await artifacts.tenant(tenant).put(content, { mediaType: type, runId });
  return { artifact: { id: kept.id, mediaType: kept.mediaType, bytes: kept.bytes } };
}
