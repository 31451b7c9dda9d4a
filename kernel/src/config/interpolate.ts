import { closest } from '@agent-factory/sdk';
import type { ConfigProblem } from './problem.ts';
import { isRecord, step } from './schema-walk.ts';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

type Report = (message: string, fix?: string) => undefined;

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
    const report: Report = (message, fix) => {
      problems.push({ pointer, message, fix });
      return undefined;
    };
    const below = (key: string | number, child: unknown): unknown =>
      walk(child, pointer + step(key), depth + 1);
    if (++count > largest) return count === largest + 1 ? report('makes the file too large') : undefined;
    if (depth > deepest) return report(`is nested deeper than ${deepest} levels`);
    if (typeof part === 'string') return fill(part, env, report);
    if (part === null || typeof part === 'boolean' || Number.isFinite(part)) return part;
    if (Array.isArray(part)) return part.map((item, index) => below(index, item));
    if (!isPlain(part)) return report('must be plain data');
    if (Object.hasOwn(part, '__proto__')) return report('may not have a key "__proto__"');
    const entries = Object.entries(part).filter(([, child]) => child !== undefined);
    return Object.fromEntries(entries.map(([key, child]) => [key, below(key, child)]));
  };
  return { value: walk(value, '', 0), problems };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null; // also plain in another realm
}

const reference = /\$\$\{(secret:)?|\$\{(env|secret):([^}]*)(\}?)/g;
const secretInside = /^(env:[A-Za-z_]\w*|file:.+)$/;

function fill(text: string, env: Env, report: Report): string {
  return text.replace(reference, (whole, escapedSecret?: string, kind?: string, inside = '', end = '') => {
    if (kind === undefined) return escapedSecret === undefined ? '${' : whole; // undone with the references
    if (kind === 'env' && end !== '') return variable(inside, env, report);
    if (end === '')
      report(`has a "\${${kind}:" that no "}" closes`, 'Close it, or write "$${" for a plain "${".');
    else if (!secretInside.test(inside))
      report('has a malformed "${secret:…}"', 'Write ${secret:env:NAME} or ${secret:file:PATH}.');
    return whole;
  });
}

function variable(inside: string, env: Env, report: Report): string {
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-([^]*))?$/.exec(inside) ?? [];
  const found = name === undefined ? undefined : env[name];
  if (name === undefined) report('has a malformed "${env:…}"', 'Write ${env:NAME} or ${env:NAME:-default}.');
  else if (found === undefined && fallback === undefined) {
    const near = closest(name, Object.keys(env));
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    const fix = `Set it, or write \${env:${name}:-default}.${hint}`;
    report(`needs the environment variable ${name}, which is not set`, fix);
  }
  return found || (fallback ?? '');
}

/** Answers a `${secret:…}`, given as it stands in the file, with the text to put in its place. */
export type ResolveSecret = (whole: string, from: 'env' | 'file', name: string) => string;

/** Replaces each secret reference by what `resolve` answers and undoes the escape `$${secret:`. */
export function replaceSecrets(text: string, resolve: ResolveSecret): string {
  const references = /\$\$\{secret:|\$\{secret:(env|file):([^}]+)\}/g;
  return text.replace(references, (whole, from?: 'env' | 'file', name = '') =>
    from === undefined ? '${secret:' : resolve(whole, from, name),
  );
}
