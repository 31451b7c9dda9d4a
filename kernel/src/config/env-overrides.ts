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
  /** Told of a variable that has the prefix and fits no key. */
  readonly onUnknown?: (variable: string, near: string | undefined) => void;
}

/**
 * Writes `AF_…__KEY__KEY` variables into `draft`, in place; lists and objects are given as JSON. Returns which
 * variable set which JSON Pointer.
 */
export function applyEnvOverrides(
  draft: Record<string, unknown>,
  { prefix, schema, env, onUnknown }: EnvTarget,
): Map<string, string> {
  const set = new Map<string, string>();
  for (const [variable, text = ''] of Object.entries(env)) {
    if (!variable.startsWith(prefix)) continue;
    const words = variable.slice(prefix.length).split('__');
    let at = draft;
    let part = schema;
    let pointer = '';
    for (const [depth, word] of words.entries()) {
      const keys = [...Object.keys(part['properties'] ?? {}), ...Object.keys(at)];
      const key = keys.find((one) => envName(one) === word && one !== '__proto__');
      if (key === undefined) {
        const above = words.slice(0, depth);
        const known = keys.map((one) => prefix + [...above, envName(one)].join('__'));
        onUnknown?.(variable, closest(variable, known));
        break;
      }
      pointer += step(key);
      part = schemaBelow(part, key);
      if (depth === words.length - 1) {
        at[key] = parsed(text);
        set.set(pointer, variable);
      } else {
        const inner = isRecord(at[key]) ? at[key] : {};
        at[key] = inner;
        at = inner;
      }
    }
  }
  return set;
}

/** How a plugin's id or a camelCase key is written in the name of an environment variable. */
export function envName(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return words.replaceAll('-', '_').toUpperCase();
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
