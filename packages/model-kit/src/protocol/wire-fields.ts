import type { Wire } from './model-protocol.ts';

/** A string as it is; anything else as nothing. */
export function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A count of tokens; anything else as `undefined`. */
export function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** An object as it is; anything else as an empty one. */
export function readObject(value: unknown): Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Wire) : {};
}

/** A list of objects; what is none is left out. */
export function readList(value: unknown): readonly Wire[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Wire => typeof one === 'object' && one !== null);
}
