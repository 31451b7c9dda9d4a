import { closest } from '../suggest.ts';
import type { ConfigProblem } from './problem.ts';
import { isRecord, step } from './schema-walk.ts';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

type Report = (message: string, fix?: string) => void;

const deepest = 64;
const largest = 100_000;

/**
 * A copy of `value` in which every `${env:NAME}` and `${env:NAME:-default}` is replaced (the default also
 * stands in for an empty variable) and `$${` has become `${`. `${secret:…}` stays for later. Everything that
 * is no plain data, a key named `__proto__` and a variable that is not set are problems, all listed at once.
 */
export function interpolate(value: unknown, env: Env): { value: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  let count = 0;
  const walk = (part: unknown, pointer: string, depth: number): unknown => {
    const report: Report = (message, fix) => problems.push({ pointer, message, fix });
    if (++count > largest) {
      if (count === largest + 1) report('makes the file too large');
    } else if (depth > deepest) report(`is nested deeper than ${deepest} levels`);
    else if (typeof part === 'string') return fill(part, env, report);
    else if (part === null || typeof part === 'number' || typeof part === 'boolean') return part;
    else if (Array.isArray(part)) return part.map((item, index) => walk(item, pointer + step(index), depth + 1));
    else if (isPlain(part)) {
      const entries = Object.entries(part).filter(([, child]) => child !== undefined);
      const made = entries.map(([key, child]) => [key, walk(child, pointer + step(key), depth + 1)] as const);
      if (!Object.hasOwn(part, '__proto__')) return Object.fromEntries(made);
      problems.push({ pointer: `${pointer}/__proto__`, message: 'is not allowed as a key' });
    } else report(`must be plain data, got ${typeof part === 'object' ? 'a class instance' : typeof part}`);
    return undefined;
  };
  return { value: walk(value, '', 0), problems };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null; // also plain in another realm
}

const reference = /\$\$\{(secret:)?|\$\{(env|secret):([^}]*)(\}?)/g;

function fill(text: string, env: Env, report: Report): string {
  if (!text.includes('${')) return text;
  return text.replace(reference, (whole: string, escapedSecret?: string, kind?: string, inside = '', end = '') => {
    if (kind === undefined) return escapedSecret === undefined ? '${' : whole; // undone with the references
    if (end === '') report(`has a "\${${kind}:" that no "}" closes`, 'Close it, or write "$${" for a plain "${".');
    else if (kind === 'env') return variable(inside, env, report);
    else if (!/^(env:[A-Za-z_]\w*|file:.+)$/.test(inside))
      report('has a malformed "${secret:…}"', 'Write ${secret:env:NAME} or ${secret:file:PATH}.');
    return whole;
  });
}

function variable(inside: string, env: Env, report: Report): string {
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-([^]*))?$/.exec(inside) ?? [];
  const found = env[name ?? ''] ?? '';
  if (name === undefined) report('has a malformed "${env:…}"', 'Write ${env:NAME} or ${env:NAME:-default}.');
  else if (env[name] === undefined && fallback === undefined) {
    const near = closest(name, Object.keys(env));
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    const fix = `Set it, or write \${env:${name}:-default}.${hint}`;
    report(`needs the environment variable ${name}, which is not set`, fix);
  }
  return found === '' ? (fallback ?? '') : found;
}

/** A `${secret:…}` in a configuration, not yet resolved. */
export interface SecretReference {
  /** As it stands in the file. */
  readonly text: string;
  readonly from: 'env' | 'file';
  /** Name of the variable, or path of the file. */
  readonly name: string;
}

/** Replaces each secret reference by what `resolve` answers and undoes the escape `$${secret:`. */
export function replaceSecrets(text: string, resolve: (reference: SecretReference) => string): string {
  if (!text.includes('${secret:')) return text;
  const references = /\$\$\{secret:|\$\{secret:(env|file):([^}]+)\}/g;
  return text.replace(references, (whole: string, from?: SecretReference['from'], name = '') =>
    from === undefined ? '${secret:' : resolve({ text: whole, from, name }),
  );
}
