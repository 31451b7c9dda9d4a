import type { ContentPart, Message as GivenMessage } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { Part } from '../wire.ts';

const images: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Media types that an agent takes; whether its model takes images is found out by the run. */
export const inputModes: readonly string[] = ['text/plain', 'application/json', ...images];

/** The parts of a message as an agent is given them: text, data as its JSON, images. AF_A2A_CONTENT for anything else. */
export function userContent(parts: readonly Part[]): string | readonly ContentPart[] {
  const content = parts.map(contentOf);
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === content.length ? texts.join('\n') : content;
}

function contentOf({ text, data, raw, url, mediaType = '' }: Part): ContentPart {
  if (text !== undefined) return { type: 'text', text };
  if (raw === undefined && url === undefined) return { type: 'text', text: JSON.stringify(data ?? null) };
  const type = mediaType.toLowerCase();
  if (!images.has(type)) throw errors.AF_A2A_CONTENT({ type: mediaType.slice(0, 100) || 'none given' });
  if (url !== undefined) return { type: 'image', mediaType: type, url };
  // Both alphabets of base64 are allowed in ProtoJSON.
  const bytes = (raw ?? '').replaceAll('-', '+').replaceAll('_', '/');
  if (!base64.test(bytes)) throw errors.AF_A2A_CONTENT({ type: `${type} that is no base64` });
  return { type: 'image', mediaType: type, url: `data:${type};base64,${bytes}` };
}

/** A message that an agent was given, as parts. */
export function partsOf({ content }: GivenMessage): readonly Part[] {
  if (typeof content === 'string') return [textPart(content)];
  return content.map((part) => {
    if (part.type === 'text') return textPart(part.text);
    const [, raw] = /^data:[^,]*;base64,(.*)$/s.exec(part.url) ?? [];
    return raw === undefined
      ? { url: part.url, mediaType: part.mediaType }
      : { raw, mediaType: part.mediaType };
  });
}

/** A text as a part. */
export function textPart(text: string): Part {
  return { text, mediaType: 'text/plain' };
}
