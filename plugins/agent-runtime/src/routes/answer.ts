import type { Json } from '@agent-factory/sdk';

/** A domain value as a JSON body. Interfaces of the domain hold JSON alone, but lack the index signature of Json. */
export function jsonOf(value: object): Json {
  return value as Json; // see above
}
