import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const stepSeconds = 30;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new secret for an authenticator, in base32. */
export function newTotpSecret(): string {
  return [...randomBytes(32)].map((byte) => alphabet[byte & 31]).join('');
}

/** The address that an authenticator reads from a QR code. */
export function totpAddress(secret: string, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
}

/** The one-time password of a moment (RFC 6238, SHA-1, 6 digits). */
export function totpAt(secret: string, at: Date): string {
  return passwordOf(secret, Math.floor(at.getTime() / 1000 / stepSeconds));
}

/**
 * The step of a one-time password that is good now; one step early or late is let pass. The caller makes sure that
 * each step is used once.
 */
export function totpStep(secret: string, password: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(password)) return undefined;
  const current = Math.floor(now.getTime() / 1000 / stepSeconds);
  return [current, current - 1, current + 1].find((step) =>
    timingSafeEqual(Buffer.from(passwordOf(secret, step)), Buffer.from(password)),
  );
}

function passwordOf(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = (mac[19] ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
