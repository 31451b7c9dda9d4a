import { closest, type JsonSchema } from '@agent-factory/sdk';
import type { Env } from './interpolate.ts';
import { isRecord, schemaBelow, step } from './schema-walk.ts';

/**
 * Writes the variables named by `prefix` and keys (`AF_HTTP_API__TLS__CERT_FILE` for `tls.certFile`) into
 * `draft`, in place; lists and objects are given as JSON. `onUnknown` is told of those that fit no key.
 * Returns which variable set which JSON Pointer, as sentences.
 */
export function applyEnvOverrides(
  draft: Record<string, unknown>,
  prefix: string,
  schema: JsonSchema,
  env: Env,
  onUnknown?: (variable: string, near: string | undefined) => void,
): ReadonlyMap<string, string> {
  const set = new Map<string, string>();
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith(prefix)) continue;
    let at = draft;
    let part = schema;
    let pointer = '';
    let name = prefix;
    for (const word of variable.slice(prefix.length).split('__')) {
      const keys = [...Object.keys(part['properties'] ?? {}), ...Object.keys(at)];
      const key = keys.find((one) => envName(one) === word && one !== '__proto__');
      if (key === undefined) {
        const names = keys.map((one) => name + envName(one));
        onUnknown?.(variable, closest(variable, names));
        break;
      }
      part = schemaBelow(part, key);
      pointer += step(key);
      name += word;
      if (name === variable) {
        at[key] = parsed(env[variable] ?? '');
        set.set(pointer, `It is set by the environment variable ${variable}.`);
      } else {
        const below = isRecord(at[key]) ? at[key] : {};
        at[key] = below;
        at = below;
        name += '__';
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
  try {
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}
