import { createHmac } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an app shows for a secret (RFC 6238): the code of now, or of so many half minutes later. */
export function codesOf(secret: string): (later: number) => string {
  const bits = secret
    .split('')
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => parseInt(eight, 2)));
  const now = Math.floor(Date.now() / 30_000);
  return (later) => {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(now + later));
    const mac = createHmac('sha1', key).update(counter).digest();
    const at = (mac.at(-1) ?? 0) & 0xf;
    return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
  };
}
