import type { JsonSchema } from '@agent-factory/sdk';
import { closest } from '../suggest.ts';
import type { Env } from './interpolate.ts';
import { isRecord, schemaBelow, step } from './schema-walk.ts';

/** What environment variables may override. */
export interface EnvTarget {
  /** What a variable's name begins with: `AF_` for the platform, `AF_HTTP_API__` for the plugin `http-api`. */
  readonly prefix: string;
  /** Says which keys there are. */
  readonly schema: JsonSchema;
  readonly env: Env;
  /** Names a variable that matches the prefix and no key. */
  readonly onUnknown?: (variable: string, near: string | undefined) => void;
}

/**
 * Writes `AF_…__KEY__KEY` variables into `draft`, in place; lists and objects are given as JSON. Returns which
 * variable set which JSON Pointer.
 */
export function applyEnvOverrides(draft: Record<string, unknown>, target: EnvTarget): Map<string, string> {
  const set = new Map<string, string>();
  for (const variable of Object.keys(target.env)) {
    if (!variable.startsWith(target.prefix)) continue;
    const words = variable.slice(target.prefix.length).split('__');
    const found = findKey(draft, target, words);
    if (found.keys.length === words.length) set.set(pointer)
  }
  return set;
}
