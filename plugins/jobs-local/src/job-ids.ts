import { randomBytes } from 'node:crypto';

/** Makes ids that are unique among all processes and grow with the database's clock. */
export interface JobIds {
  next(): string;
  /** Tells what the database's clock shows, in milliseconds since the epoch. */
  sync(databaseNow: number): void;
}

const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** Creates a source of ids: time (10 digits of base 32), number within the millisecond (3), process (8). */
export function createJobIds(databaseNow: number): JobIds {
  let ahead = databaseNow - Date.now();
  let last = 0;
  let count = 0;
  let prefix = '';
  const process = Array.from(randomBytes(8), (byte) => digits[byte % 32]).join('');
  return {
    next() {
      const at = Date.now() + ahead;
      // Never backwards, and a new millisecond when this one's numbers are used up.
      if (at > last || count === 32 ** 3 - 1) {
        last = Math.max(at, last + 1);
        count = 0;
        prefix = base32(last, 10);
      } else count++;
      return `${prefix}${base32(count, 3)}${process}`;
    },
    sync(now) {
      ahead = now - Date.now();
    },
  };
}

function base32(value: number, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32))
    text = `${digits[rest % 32]}${text}`;
  return text;
}
