import type { ContentPart } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';

/** A part of a message, of either protocol. */
export interface GivenPart {
  readonly type: string;
  readonly text?: string;
  readonly refusal?: string;
  readonly image_url?: string | { readonly url: string };
}

const textTypes: ReadonlySet<string> = new Set(['text', 'input_text', 'output_text']);
const imageTypes: ReadonlySet<string> = new Set(['image_url', 'input_image']);
const byEnding: Readonly<Record<string, string>> = {
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  webp: 'image/webp',
};

/** The text of parts; AF_OPENAI_UNSUPPORTED where there is more than text. */
export function textOfParts(content: string | readonly GivenPart[] | null | undefined): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.refusal ?? textOfPart(part)).join('');
}

/** What a user sent: text, or text and images. */
export function userContent(content: string | readonly GivenPart[]): string | readonly ContentPart[] {
  if (typeof content === 'string') return content;
  if (content.every(({ type }) => textTypes.has(type))) return textOfParts(content);
  return content.map((part) =>
    imageTypes.has(part.type) ? imageOf(part) : { type: 'text', text: textOfPart(part) },
  );
}

function textOfPart({ type, text = '' }: GivenPart): string {
  if (textTypes.has(type)) return text;
  throw errors.AF_OPENAI_UNSUPPORTED({
    what: `A part of the type "${type}"`,
    reason: 'agents take text and images',
  });
}

function imageOf({ image_url: given }: GivenPart): ContentPart {
  const url = typeof given === 'string' ? given : (given?.url ?? '');
  const [, inline] = /^data:([a-z]+\/[a-z0-9.+-]+)[;,]/i.exec(url) ?? [];
  const [place = ''] = url.split(/[?#]/, 1);
  const ending = /\.(\w+)$/.exec(place)?.[1]?.toLowerCase() ?? '';
  if (inline === undefined && !/^https?:\/\//.test(url))
    throw errors.AF_OPENAI_UNSUPPORTED({
      what: 'The image',
      reason: 'its address is neither http(s) nor data',
    });
  return { type: 'image', mediaType: inline ?? byEnding[ending] ?? 'image/png', url };
}
