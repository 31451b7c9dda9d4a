import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A refresh token: `afr.<family>.<root>.<secret>`. The root stays for all tokens of a family and proves that whoever
 * sends an old secret was given it once: knowing the family alone, which access tokens tell, ends nothing.
 */
export interface RefreshParts {
  readonly family: string;
  readonly root: string;
  readonly secret: string;
}

const pattern = /^afr\.([\w-]{16})\.([\w-]{22})\.([\w-]{43})$/;

/** The first token of a new family. */
export function newRefresh(): RefreshParts {
  return { family: chance(12), root: chance(16), secret: chance(32) };
}

export function refreshText({ family, root, secret }: RefreshParts): string {
  return `afr.${family}.${root}.${secret}`;
}

/** The parts of a token; `undefined` for what is none. */
export function readRefresh(text: string): RefreshParts | undefined {
  const [, family, root, secret] = pattern.exec(text) ?? [];
  if (family === undefined || root === undefined || secret === undefined) return undefined;
  return { family, root, secret };
}

/**
 * The secret that follows another. Whoever sends the same one again gets the same, though only its hash is kept: an
 * answer may be lost on its way.
 */
export function secretAfter(secret: string, salt: string): string {
  return createHmac('sha256', secret).update(salt).digest('base64url');
}

/** Chance as text. */
export function chance(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256, hex: what is kept of what is chance. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether two hashes are the same, in a time that does not tell where they differ. */
export function sameHash(one: string, other: string | null): boolean {
  return other?.length === one.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
