import { hash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { JsonSchema } from '@agent-factory/sdk';
import lt from 'semver/functions/lt.js';
import { problemsIn } from '../config/validator.ts';
import { errors } from '../errors.ts';
import type { PackageSource } from '../plugin-package.ts';
import type { Resolution } from './resolve.ts';

/** What exactly was chosen: `agent-factory.lock.json`, beside the config file and under version control. */
export interface Lockfile {
  readonly lockfileVersion: 1;
  /** Version of the kernel. */
  readonly kernel: string;
  readonly plugins: Readonly<Record<string, LockedPlugin>>;
  /** Contract id to the id of the plugin that provides it. */
  readonly providers: Readonly<Record<string, string>>;
  /** Plugin id to what it asked for and was granted. */
  readonly permissions: Readonly<Record<string, readonly string[]>>;
}

/** One plugin as chosen. */
interface LockedPlugin {
  /** npm package name. */
  readonly name: string;
  readonly version: string;
  readonly source: PackageSource;
  /** Subresource-integrity string; local folders carry none, as npm's links do not. */
  readonly integrity?: string;
}

/** One difference between two locks. */
export interface LockChange {
  /** The difference, as a sentence. */
  readonly text: string;
  /** Whether a package is another one under the same version: never accepted without a person. */
  readonly broken: boolean;
}

const text: JsonSchema = { type: 'string' };
const record = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const shape = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => {
  return { type: 'object', required: Object.keys(properties), properties };
};
const source: JsonSchema = { enum: ['local', 'npm', 'store', 'memory'] };
const lockSchema: JsonSchema = shape({
  lockfileVersion: { const: 1 },
  kernel: text,
  plugins: record(shape({ name: text, version: text, source })),
  providers: record(text),
  permissions: record({ type: 'array', items: text }),
});

/**
 * The lock of what was resolved.
 *
 * @param grants - plugin id to the permissions granted; what a plugin does not ask for is left out
 */
export function lockOf(
  { packages, providers }: Resolution,
  kernelVersion: string,
  grants: Readonly<Record<string, readonly string[]>>,
): Lockfile {
  const plugins = new Map<string, LockedPlugin>();
  const permissions = new Map<string, readonly string[]>();
  const granted = new Map(Object.entries(grants));
  for (const { manifest, source, integrity } of packages) {
    const { id, name, version, permissions: asked = {} } = manifest;
    const sealed = integrity !== undefined && source !== 'local';
    plugins.set(id, { name, version, source, ...(sealed && { integrity }) });
    const names = new Set(granted.get(id)?.filter((permission) => Object.hasOwn(asked, permission)));
    if (names.size > 0) permissions.set(id, [...names].toSorted());
  }
  return {
    lockfileVersion: 1,
    kernel: kernelVersion,
    plugins: Object.fromEntries(plugins),
    providers,
    permissions: Object.fromEntries(permissions),
  };
}

/**
 * The lock in `file`, or `undefined` where there is none.
 *
 * @throws AF_LOCK_MISMATCH if the file cannot be read as a lock
 */
export function readLock(file: string): Lockfile | undefined {
  const refuse = (reason: string, cause?: unknown): Error =>
    errors.AF_LOCK_MISMATCH({ file, reason }, { cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // node:fs gives a code, JSON.parse none
    if (code === 'ENOENT') return undefined;
    if (code !== undefined) throw refuse(`it cannot be read (${code}).`, error);
    throw refuse('it is not JSON, perhaps after an unfinished merge. Restore it, or delete it first.', error);
  }
  const problems = problemsIn(lockSchema, value);
  const problem = problems.find(({ path }) => path === '/lockfileVersion') ?? problems[0];
  const place = problem?.path.slice(1) || 'the file';
  if (problem) throw refuse(`"${place}" ${problem.message}. Restore it, or delete it first.`);
  return value as Lockfile; // the schema describes exactly this type
}

/** Writes the lock in one step, so that a crash leaves the old or the new one; `false` if nothing changed. */
export function writeLock(file: string, lock: Lockfile): boolean {
  const content = `${JSON.stringify(lock, sortKeys, 2)}\n`;
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    if (existsSync(file) && readFileSync(file, 'utf8') === content) return false;
    writeFileSync(draft, content, { flag: 'wx', flush: true });
    renameSync(draft, file);
    return true;
  } catch (error) {
    rmSync(draft, { force: true });
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException; // node:fs throws nothing else
    throw errors.AF_LOCK_UNWRITABLE({ file, reason: code }, { cause: error });
  }
}

/**
 * Names a generation by what it is made of: `gen-` and 12 hexadecimal digits, equal on every machine with the
 * same lock and configurations.
 *
 * @param canonicalConfigs - plugin id to its configuration as canonical JSON, without secrets or machine paths
 */
export function generationId(lock: Lockfile, canonicalConfigs: ReadonlyMap<string, string>): string {
  const inOrder = (record: object): unknown => Object.entries(record).toSorted(byKey);
  const plugins = Object.entries(lock.plugins).map(([id, { name, version, source, integrity = null }]) => {
    return [id, [name, version, source, integrity]] as const;
  });
  const parts = [plugins.toSorted(byKey), inOrder(lock.providers), inOrder(lock.permissions)];
  const text = JSON.stringify([lock.kernel, ...parts, [...canonicalConfigs].toSorted(byKey)]);
  return `gen-${hash('sha256', text).slice(0, 12)}`;
}

/**
 * What differs between two locks, in sentences. No lock before counts as an empty one.
 *
 * @throws AF_LOCK_MISMATCH if a package changed under the same version, or with `frozen` if anything changed
 */
export function compareLock(
  before: Lockfile | undefined,
  after: Lockfile,
  { file, frozen }: { readonly file: string; readonly frozen: boolean },
): readonly LockChange[] {
  const all = changesBetween(before, after);
  const refused = all.filter(({ broken }) => frozen || broken);
  if (refused.length === 0) return all;
  const why = frozen ? 'it is frozen, and this would change:' : 'a package is not the one that was locked:';
  const list = refused.map((change) => `- ${change.text}`);
  throw errors.AF_LOCK_MISMATCH({ file, reason: [why, ...list].join('\n') });
}

/** What differs between two locks; no lock before counts as an empty one. */
export function changesBetween(before: Lockfile | undefined, after: Lockfile): readonly LockChange[] {
  const texts: string[] = [];
  const broken: string[] = [];
  if (before && before.kernel !== after.kernel)
    texts.push(`The kernel changes from ${before.kernel} to ${after.kernel}.`);
  for (const [id, was, is] of pairs(before?.plugins, after.plugins)) {
    if (!is) texts.push(`${id} ${was?.version ?? ''} is removed.`);
    else if (!was) texts.push(`${id} ${is.version} is added (${is.source}).`);
    else {
      const [from, to] = [was, is].map(({ name, source: origin }) => `${name} (${origin})`);
      if (from !== to) texts.push(`${id} comes from ${to} instead of ${from}.`);
      if (was.version !== is.version) {
        const word = lt(was.version, is.version, true) ? 'upgraded' : 'downgraded';
        texts.push(`${id} is ${word} from ${was.version} to ${is.version}.`);
      } else if (was.integrity === undefined) {
        if (is.integrity !== undefined) texts.push(`${id} ${is.version} now has an integrity.`);
      } else if (was.integrity !== is.integrity && (is.integrity !== undefined || was.source === is.source)) {
        const seal = `has integrity ${is.integrity ?? 'none'} instead of ${was.integrity}`;
        broken.push(`${id} ${is.version} ${seal}.`);
      }
    }
  }
  for (const [id, was, is] of pairs(before?.providers, after.providers)) {
    if (is === undefined) texts.push(`Contract ${id} is no longer provided (was ${was}).`);
    else if (was === undefined) texts.push(`Contract ${id} is now provided by ${is}.`);
    else if (was !== is) texts.push(`Contract ${id} is now provided by ${is} instead of ${was}.`);
  }
  for (const [id, was = [], is = []] of pairs(before?.permissions, after.permissions)) {
    for (const name of is) if (!was.includes(name)) texts.push(`${id} gains the permission ${name}.`);
    for (const name of was) if (!is.includes(name)) texts.push(`${id} loses the permission ${name}.`);
  }
  return [
    ...broken.map((sentence) => ({ text: sentence, broken: true })),
    ...texts.map((sentence) => ({ text: sentence, broken: false })),
  ];
}

/** All keys of both records in order, with what each record has there. */
function pairs<Value>(
  before: Readonly<Record<string, Value>> = {},
  after: Readonly<Record<string, Value>>,
): readonly (readonly [string, Value | undefined, Value | undefined])[] {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...was.keys(), ...is.keys()])]
    .toSorted()
    .map((key) => [key, was.get(key), is.get(key)]);
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** For JSON.stringify: equal values become equal text. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(byKey));
}
