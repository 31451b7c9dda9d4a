import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errors } from './errors.ts';
import { type LockChange, changesBetween } from './lock-changes.ts';
import type { PackageSource, PluginPackage } from './plugin-package.ts';
import { ascending, own } from './plugin-slots.ts';
import type { Resolution } from './resolve.ts';

export type { LockChange } from './lock-changes.ts';

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
export interface LockedPlugin {
  /** npm package name. */
  readonly name: string;
  readonly version: string;
  readonly source: PackageSource;
  /** Subresource-integrity string; local folders carry none, as npm's links do not. */
  readonly integrity?: string;
}

/** One permission that a plugin asks for and was not granted. */
export interface MissingPermission {
  readonly plugin: string;
  readonly permission: string;
  /** Why the plugin wants it, from its manifest. */
  readonly reason: string;
}

/** Plugin id to permission names. */
type Grants = Readonly<Record<string, readonly string[]>>;

/** The lock of what was resolved. */
export function lockOf({ packages, providers }: Resolution, kernelVersion: string, grants: Grants): Lockfile {
  const plugins = packages.map(
    ({ manifest: { id, name, version }, source, integrity }): [string, LockedPlugin] => [
      id,
      { name, version, source, ...(integrity !== undefined && source !== 'local' && { integrity }) },
    ],
  );
  const permissions = packages.flatMap(
    ({ manifest: { id, permissions: asked = {} } }): [string, string[]][] => {
      const names = new Set(own(grants, id)?.filter((name) => Object.hasOwn(asked, name)));
      return names.size > 0 ? [[id, [...names].toSorted(ascending)]] : [];
    },
  );
  return {
    lockfileVersion: 1,
    kernel: kernelVersion,
    plugins: Object.fromEntries(plugins),
    providers,
    permissions: Object.fromEntries(permissions),
  };
}

/** What the packages ask for and `grants` does not give, in order of plugin and permission. */
export function missingPermissions(
  packages: readonly PluginPackage[],
  grants: Grants,
): readonly MissingPermission[] {
  const missing = packages.flatMap(({ manifest: { id, permissions = {} } }) =>
    Object.entries(permissions)
      .filter(([name]) => own(grants, id)?.includes(name) !== true)
      .map(([permission, reason]) => ({ plugin: id, permission, reason })),
  );
  return missing.toSorted((a, b) => ascending(a.plugin, b.plugin) || ascending(a.permission, b.permission));
}

/**
 * The lock in `file`, or `undefined` where there is none.
 *
 * @throws AF_LOCK_MISMATCH if the file cannot be read as a lock
 */
export function readLock(file: string): Lockfile | undefined {
  const refuse = (reason: string, cause?: unknown): Error =>
    errors.AF_LOCK_MISMATCH({ file, reason }, { cause });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // node:fs throws nothing else
    if (code === 'ENOENT') return undefined;
    throw refuse(`it cannot be read (${code ?? 'unknown reason'}).`, error);
  }
  if (/^<{7} /m.test(text))
    throw refuse('it holds the marks of an unfinished merge. Take either side of it first.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse('it is not JSON. Restore it, or delete it first.', error);
  }
  const flaw = flawOf(value);
  if (flaw !== undefined) throw refuse(`${flaw}. Restore it, or delete it first.`);
  return value as Lockfile; // flawOf has looked at every field
}

/**
 * What differs between two locks, in sentences. No lock before counts as an empty one.
 *
 * @throws AF_LOCK_MISMATCH if a package changed under the same version, or with `frozen` if anything changed
 */
export function compareLock(
  before: Lockfile | undefined,
  after: Lockfile,
  {
    file = 'agent-factory.lock.json',
    frozen = false,
  }: { readonly file?: string; readonly frozen?: boolean } = {},
): readonly LockChange[] {
  const all = changesBetween(before, after);
  const changes = frozen ? all : all.filter(({ kind }) => kind === 'integrity');
  if (changes.length === 0) return all;
  const why = frozen ? 'it is frozen, and this would change:' : 'a package is not the one that was locked:';
  const reason = `${why}\n${changes.map(({ text }) => `- ${text}`).join('\n')}`;
  throw errors.AF_LOCK_MISMATCH({ file, reason, changes });
}

/** Writes the lock in one step, so that a crash leaves the old or the new one; `false` if nothing changed. */
export function writeLock(file: string, lock: Lockfile): boolean {
  const text = `${JSON.stringify(lock, sortKeys, 2)}\n`;
  try {
    if (readFileSync(file, 'utf8') === text) return false;
  } catch {
    // Not there, or not readable: writing will tell.
  }
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, text, { flag: 'wx', flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return true;
}

/**
 * Names a generation by what it is made of: `gen-` and 12 hexadecimal digits, equal on every machine with the
 * same lock and configurations.
 *
 * @param canonicalConfigs - plugin id to its configuration as canonical JSON, without secrets or machine paths
 */
export function generationId(lock: Lockfile, canonicalConfigs: ReadonlyMap<string, string>): string {
  const configs = [...canonicalConfigs].toSorted(byKey);
  const digest = createHash('sha256').update(JSON.stringify([lock, configs], sortKeys));
  return `gen-${digest.digest('hex').slice(0, 12)}`;
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return ascending(left, right);
}

/** For JSON.stringify: equal values become equal text. */
function sortKeys(_key: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).toSorted(byKey)) : value;
}

/** What keeps `value` from being a lock. */
function flawOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is no JSON object';
  const { lockfileVersion, kernel } = value;
  if (lockfileVersion !== 1)
    return `its format is ${JSON.stringify(lockfileVersion)}, and this platform reads 1`;
  if (!isText(kernel)) return 'its "kernel" is no version';
  const fits: Record<string, (entry: unknown) => boolean> = {
    plugins: (entry) =>
      isRecord(entry) &&
      [entry['name'], entry['version'], entry['integrity'] ?? ''].every(isText) &&
      ['local', 'npm', 'store', 'memory'].some((source) => source === entry['source']),
    providers: isText,
    permissions: (entry) => Array.isArray(entry) && entry.every(isText),
  };
  for (const [field, test] of Object.entries(fits)) {
    const part = value[field];
    if (!isRecord(part)) return `its "${field}" is missing or no object`;
    const wrong = Object.keys(part).find((key) => !test(part[key]));
    if (wrong !== undefined) return `its entry "${field}/${wrong}" has not the right shape`;
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
