import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idChars = 12;
const secretChars = 32;
const checkChars = 6;
const pattern = new RegExp(`^af_([0-9A-Za-z]{${idChars}})_[0-9A-Za-z]{${secretChars + checkChars}}$`);

/** A key: `af_<id>_<secret><checksum>`. 190 bits of chance; the checksum tells a typing error from a guess. */
export function makeKey(): { readonly id: string; readonly text: string } {
  const id = chance(idChars);
  const body = `af_${id}_${chance(secretChars)}`;
  return { id, text: body + checksum(body) };
}

/** The id in a key; `undefined` for what is none, which needs no look into the database. */
export function keyId(text: string): string | undefined {
  const id = pattern.exec(text)?.[1];
  if (id === undefined) return undefined;
  return checksum(text.slice(0, -checkChars)) === text.slice(-checkChars) ? id : undefined;
}

/** SHA-256 of a key, hex. A key is chance and no password, so a slow hash would add nothing. */
export function keyHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether two hashes are the same, in a time that does not tell where they differ. */
export function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function chance(length: number): string {
  return Array.from({ length }, () => digits[randomInt(digits.length)]).join('');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let shown = '';
  for (let at = 0; at < checkChars; at += 1) {
    shown = (digits[rest % digits.length] ?? '') + shown;
    rest = Math.floor(rest / digits.length);
  }
  return shown;
}
