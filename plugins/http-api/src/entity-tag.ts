import type { IncomingHttpHeaders } from 'node:http';

/** Whether a header `if-none-match` names a tag. Weak ones count as well (RFC 9110, 13.1.2). */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => ['*', tag, `W/${tag}`].includes(one.trim()));
}

/**
 * What `if-match` and `if-none-match: *` ask of the tag of a thing, or of its absence (RFC 9110, 13.1.1 and 13.1.2).
 * Nothing where neither is sent. Weak tags are never the same here, and what a tag tells behind a `~`, of what changes
 * by itself, is nothing anybody asks for.
 */
export function readPrecondition({
  'if-match': match,
  'if-none-match': none,
}: IncomingHttpHeaders): ((tag: string | undefined) => boolean) | undefined {
  if (match === undefined && none === undefined) return undefined;
  const tags: readonly string[] = ofWhatIsSet(match)?.match(/(?:W\/)?"[^"]*"/g) ?? [];
  const any = match?.trim() === '*';
  const others = ofWhatIsSet(none);
  return (given) => {
    const tag = ofWhatIsSet(given);
    if (match !== undefined && (tag === undefined || !(any || tags.includes(tag)))) return false;
    return tag === undefined || !namesTag(others, tag);
  };
}

function ofWhatIsSet(tags: string | undefined): string | undefined {
  return tags?.replaceAll(/~[^~"]*"/g, '"');
}

/** With a tag, whoever asked may keep an answer, and asks each time whether it holds; for nobody else. */
export const revalidated: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-cache',
  vary: 'authorization, cookie, x-tenant',
};
