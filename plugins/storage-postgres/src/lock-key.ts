import { createHash } from 'node:crypto';

/** A lock's name as the 64 bits that the server knows it by. */
export function lockKey(name: string): string {
  return String(createHash('sha256').update(name).digest().readBigInt64BE());
}
