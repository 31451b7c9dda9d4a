import { createHash } from 'node:crypto';

/** The tag of an answer (RFC 9110, 8.8.3): the same for the same text, in all processes. */
export function entityTag(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** Whether a header `if-none-match` names a tag. Weak ones count as well (RFC 9110, 13.1.2). */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => ['*', tag, `W/${tag}`].includes(one.trim()));
}

/** With a tag, whoever asked may keep an answer, and asks each time whether it holds; for nobody else. */
export const revalidated: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-cache',
  vary: 'authorization, cookie, x-tenant',
};
