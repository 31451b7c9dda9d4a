import type { Json } from '@agent-factory/sdk';

/** Values of contracts hold JSON alone, but lack the index signature of Json. */
export function jsonOf(value: object): Json {
  return value as Json; // see above
}
