import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretLength = 32;
const checkLength = 6;

/** A new token: `af_`, 32 random characters, 6 that check them. Scanners for secrets know it by its look. */
export function newTokenText(): string {
  const secret = Array.from({ length: secretLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `af_${secret}${checkOf(secret)}`;
}

/** Whether a text could be a token; a mistyped one is known without asking the database. */
export function isTokenText(text: string): boolean {
  const found = /^af_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/.exec(text);
  return found !== null && checkOf(found[1] ?? '') === found[2];
}

/** What is kept of a token. Its 190 random bits need no slow hash. */
export function hashToken(text: string): string {
  return hash('sha256', text);
}

/** A text without any token in it, for logs. */
export function redactTokens(text: string): string {
  return text.replace(/af_[0-9A-Za-z]{8,}/g, 'af_***');
}

function checkOf(secret: string): string {
  let rest = crc32(secret);
  let text = '';
  for (let i = 0; i < checkLength; i += 1) {
    text = `${alphabet[rest % alphabet.length]}${text}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}
