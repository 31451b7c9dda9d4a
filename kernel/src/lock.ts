import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errors } from './errors.ts';
export type { LockChange } from './lock-changes.ts';
import { type LockChange, changesBetween } from './lock-changes.ts';
import type { PackageSource, PluginPackage } from './plugin-package.ts';
import { ascending, own } from './plugin-slots.ts';
import type { Resolution } from './resolve.ts';

/** What exactly was chosen: `agent-factory.lock.json`, beside the config file. Belongs into version control. */
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

/** Plugin id to permission names. */
export type Grants = Readonly<Record<string, readonly string[]>>;

/** One permission that a plugin asks for and was not granted. */
export interface MissingPermission {
  readonly plugin: string;
  readonly permission: string;
  /** Why the plugin wants it, from its manifest. */
  readonly reason: string;
}

/** The lock of what was resolved. Its keys are sorted, so that equal locks are equal text. */
export function lockOf(resolution: Resolution, kernelVersion: string, grants: Grants): Lockfile {
  const packages = resolution.packages.toSorted((left, right) =>
    ascending(left.manifest.id, right.manifest.id),
  );
  const granted = packages.flatMap(({ manifest: { id, permissions = {} } }) => {
    const names = [...new Set(own(grants, id))].filter((name) => Object.hasOwn(permissions, name));
    return names.length > 0 ? [[id, names.toSorted(ascending)] as const] : [];
  });
  return {
    lockfileVersion: 1,
    kernel: kernelVersion,
    plugins: Object.fromEntries(
      packages.map(({ manifest: { id, name, version }, source, integrity }) => {
        const sealed = integrity === undefined || source === 'local' ? {} : { integrity };
        return [id, { name, version, source, ...sealed }];
      }),
    ),
    providers: Object.fromEntries(Object.entries(resolution.providers).toSorted(byKey)),
    permissions: Object.fromEntries(granted),
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
  return missing.toSorted(
    (left, right) => ascending(left.plugin, right.plugin) || ascending(left.permission, right.permission),
  );
}

/**
 * The lock in `file`, or `undefined` where there is none.
 *
 * @throws AF_LOCK_MISMATCH if the file cannot be read as a lock
 */
export function readLock(file: string): Lockfile | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as { code?: unknown }; // errors of node:fs carry one
    if (code === 'ENOENT') return undefined;
    throw errors.AF_LOCK_MISMATCH({ file, reason: `it cannot be read (${String(code)}).` }, { cause: error });
  }
  if (/^<{7} /m.test(text)) {
    const reason = 'it holds the marks of an unfinished git merge. Take either side, then lock again.';
    throw errors.AF_LOCK_MISMATCH({ file, reason });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = `it is not JSON (${error instanceof Error ? error.message : ''}). Restore or delete it.`;
    throw errors.AF_LOCK_MISMATCH({ file, reason }, { cause: error });
  }
  const flaw = flawOf(value);
  if (flaw !== undefined) throw errors.AF_LOCK_MISMATCH({ file, reason: `${flaw} Restore or delete it.` });
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
  options: { readonly file: string; readonly frozen?: boolean } = { file: 'agent-factory.lock.json' },
): readonly LockChange[] {
  const changes = changesBetween(before, after);
  const refused = options.frozen === true ? changes : changes.filter(({ kind }) => kind === 'integrity');
  if (refused.length > 0) {
    const why =
      options.frozen === true ? 'it is frozen, and this would change:' : 'a package is not what was locked:';
    const reason = `${why}\n${refused.map(({ text }) => `- ${text}`).join('\n')}`;
    throw errors.AF_LOCK_MISMATCH({ file: options.file, reason, changes: refused });
  }
  return changes;
}

/** Writes the lock in one step, so that a crash leaves the old or the new one; `false` if nothing changed. */
export function writeLock(file: string, lock: Lockfile): boolean {
  const text = `${JSON.stringify(sortKeys(lock), undefined, 2)}\n`;
  try {
    if (readFileSync(file, 'utf8') === text) return false;
  } catch {
    // Not there or not readable: writing it says which.
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
  const text = JSON.stringify([sortKeys(lock), configs]);
  return `gen-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return ascending(left, right);
}

/** `lockfileVersion` and `kernel` stay in front; what is below is sorted. */
function sortKeys(lock: Lockfile): Lockfile {
  const { lockfileVersion, kernel } = lock;
  const sorted = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).toSorted(byKey));
  const plugins = Object.entries(lock.plugins).map(
    ([id, { name, version, source, integrity }]): [string, LockedPlugin] => [
      id,
      { name, version, source, ...(integrity !== undefined && { integrity }) },
    ],
  );
  return {
    lockfileVersion,
    kernel,
    plugins: sorted(Object.fromEntries(plugins)),
    providers: sorted(lock.providers),
    permissions: sorted(lock.permissions),
  };
}

/** What keeps `value` from being a lock, as a sentence. */
function flawOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is no JSON object.';
  if (value['lockfileVersion'] !== 1) {
    return `its "lockfileVersion" is ${JSON.stringify(value['lockfileVersion'])}, and this platform reads 1.`;
  }
  if (typeof value['kernel'] !== 'string') return 'its "kernel" is no version.';
  const sources: readonly unknown[] = ['local', 'npm', 'store', 'memory'];
  const fits: Record<string, (entry: unknown) => boolean> = {
    plugins: (entry) =>
      isRecord(entry) &&
      typeof entry['name'] === 'string' &&
      typeof entry['version'] === 'string' &&
      sources.includes(entry['source']) &&
      ['string', 'undefined'].includes(typeof entry['integrity']),
    providers: (entry) => typeof entry === 'string',
    permissions: (entry) => Array.isArray(entry) && entry.every((name) => typeof name === 'string'),
  };
  for (const [field, test] of Object.entries(fits)) {
    const part = value[field];
    if (!isRecord(part)) return `its "${field}" is missing or no object.`;
    const wrong = Object.entries(part).find(([, entry]) => !test(entry));
    if (wrong !== undefined) return `its entry ${field}/${wrong[0]} has not the right shape.`;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
