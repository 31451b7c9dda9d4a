import type { JsonSchema } from '@agent-factory/sdk';
import type { ConfigProblem } from './config-problem.ts';
import { isRecord, schemasAt, schemasBelow, step } from './schema-walk.ts';
import { closest } from './suggest.ts';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

const deepest = 64;
const largest = 100_000;
const reference = /^env:([A-Za-z_]\w*)(?::-([^]*))?$/;
const secretReference = /\$\$\{secret:|\$\{secret:(env|file):([^}]+)\}/g;

/**
 * A copy of `value` in which every `${env:NAME}` and `${env:NAME:-default}` is replaced (the default also
 * stands in for an empty variable) and `$${` has become `${`. `${secret:…}` stays for later. Everything that
 * is no plain data, a key named `__proto__` and a variable that is not set are problems, all listed at once.
 */
export function interpolate(value: unknown, env: Env): { value: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  let count = 0;
  const walk = (part: unknown, pointer: string, depth: number): unknown => {
    if (depth > deepest || ++count > largest) {
      const message =
        depth > deepest ? `is nested deeper than ${deepest} levels` : 'makes the file too large';
      if (count <= largest + 1) problems.push({ pointer, message });
      return undefined;
    }
    if (typeof part === 'string')
      return fill(part, env, (message, fix) => problems.push({ pointer, message, fix }));
    if (Array.isArray(part)) return part.map((item, index) => walk(item, pointer + step(index), depth + 1));
    if (isRecord(part) && isPlain(part)) {
      const entries = Object.entries(part).filter(([, child]) => child !== undefined);
      const made = entries.map(([key, child]) => [key, walk(child, pointer + step(key), depth + 1)] as const);
      if (Object.hasOwn(part, '__proto__'))
        problems.push({ pointer: `${pointer}/__proto__`, message: 'is not allowed as a key' });
      return Object.fromEntries(made.filter(([key, child]) => key !== '__proto__' && child !== undefined));
    }
    if (part === null || typeof part === 'number' || typeof part === 'boolean') return part;
    problems.push({
      pointer,
      message: `must be plain data, got a ${typeof part === 'object' ? 'class instance' : typeof part}`,
    });
    return undefined;
  };
  return { value: walk(value, '', 0), problems };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null; // also plain in another realm
}

function fill(text: string, env: Env, report: (message: string, fix: string) => void): string {
  let filled = '';
  let done = 0;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', done)) {
    const escaped = text[at - 1] === '$' && at > done;
    const kind = /^\{(env|secret):/.exec(text.slice(at + 1, at + 10))?.[1];
    const end = kind === undefined || escaped ? at + 1 : text.indexOf('}', at);
    if (end === -1) {
      report(`has a "\${${String(kind)}:" that no "}" closes`, 'Close it, or write "$${" for a plain "${".');
      break;
    }
    const inside = text.slice(at + 2, end);
    filled += text.slice(done, escaped && kind !== 'secret' ? at - 1 : at);
    const match = kind === 'env' && !escaped ? reference.exec(inside) : null;
    if (escaped) filled += '${'; // a secret's escape stays, to be undone with the references
    else if (match !== null) filled += variable(match[1] ?? '', match[2], env, report);
    else if (kind === 'env')
      report('has a malformed "${env:…}"', 'Write ${env:NAME} or ${env:NAME:-default}.');
    else if (kind === 'secret' && !/^secret:(env:[A-Za-z_]\w*|file:.+)$/.test(inside))
      report('has a malformed "${secret:…}"', 'Write ${secret:env:NAME} or ${secret:file:PATH}.');
    else filled += text.slice(at, end + 1);
    done = escaped ? at + 2 : end + 1;
  }
  return filled + text.slice(done);
}

function variable(
  name: string,
  fallback: string | undefined,
  env: Env,
  report: (message: string, fix: string) => void,
): string {
  const found = env[name];
  if (found !== undefined && (found !== '' || fallback === undefined)) return found;
  if (fallback !== undefined) return fallback;
  const near = closest(name, Object.keys(env));
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  report(
    `needs the environment variable ${name}, which is not set`,
    `Set it, or write \${env:${name}:-default}.${hint}`,
  );
  return '';
}

/** A `${secret:…}` in a configuration, not yet resolved. */
export interface SecretReference {
  /** As it stands in the file. */
  readonly text: string;
  readonly from: 'env' | 'file';
  /** Name of the variable, or path of the file. */
  readonly name: string;
}

/** The secret references in a text; `$${secret:` is an escaped one and does not count. */
export function secretReferences(text: string): SecretReference[] {
  const found: SecretReference[] = [];
  replaceSecrets(text, (reference) => String(found.push(reference)));
  return found;
}

/** Replaces each secret reference by what `resolve` answers and undoes the escape `$${secret:`. */
export function replaceSecrets(text: string, resolve: (reference: SecretReference) => string): string {
  if (!text.includes('${secret:')) return text;
  return text.replace(
    secretReference,
    (whole: string, from: 'env' | 'file' | undefined, name: string | undefined) =>
      from === undefined || name === undefined ? '${secret:' : resolve({ text: whole, from, name }),
  );
}

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
 * Writes `AF_…__KEY__KEY` variables into `draft`, in place: keys are matched with the schema's ignoring case
 * and underscores; lists and objects are given as JSON. Returns which variable set which JSON Pointer.
 */
export function applyEnvOverrides(draft: Record<string, unknown>, target: EnvTarget): Map<string, string> {
  const set = new Map<string, string>();
  for (const variable of Object.keys(target.env).sort()) {
    if (!variable.startsWith(target.prefix)) continue;
    const text = target.env[variable] ?? '';
    const path = variable.slice(target.prefix.length).split('__');
    let at: Record<string, unknown> | undefined = draft;
    let schemas = schemasAt(target.schema, target.schema);
    let pointer = '';
    for (const [index, word] of path.entries()) {
      const keys: string[] = [...schemas]
        .flatMap((schema) => Object.keys(schema['properties'] ?? {}))
        .concat(Object.keys(at));
      const key = keys.find((one) => fold(one) === fold(word) && one !== '__proto__');
      if (key === undefined) {
        const names = keys.map((one) => target.prefix + [...path.slice(0, index), envName(one)].join('__'));
        target.onUnknown?.(variable, closest(variable, names));
        break;
      }
      pointer += step(key);
      schemas = schemasBelow(schemas, key, target.schema);
      if (index === path.length - 1) {
        at[key] = parsed(text);
        set.set(pointer, variable);
      } else {
        const inner: unknown = at[key];
        at = isRecord(inner) ? inner : (at[key] = {} as Record<string, unknown>);
      }
    }
  }
  return set;
}

/** How a plugin id or a camelCase key is written in the name of an environment variable. */
export function envName(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase();
}

function fold(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase();
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
