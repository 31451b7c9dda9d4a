import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IsolationLevel, PlatformConfig, PluginEntry } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { placesIn } from './store-places.ts';
import { writeDurably } from './write-durably.ts';

/** One plugin that was installed from a registry. */
export interface InstalledPlugin {
  /** npm package name. */
  readonly name: string;
  readonly version: string;
  /** `sha512-…` of the package file. */
  readonly integrity: string;
  /** Address of the registry. */
  readonly registry: string;
  /** What was asked for: a semver range, or `*`. */
  readonly range: string;
  /** Permissions that were granted. */
  readonly granted: readonly string[];
  /** The least level it runs at, or `trusted`, if the operator said so. Default: that of the platform. */
  readonly isolation?: 'trusted' | IsolationLevel;
  /** Id of the author's key. */
  readonly authorKey: string;
  /** Id of the registry's key. */
  readonly registryKey: string;
  /** Version of the registry's timestamp metadata it was chosen by. */
  readonly freshness: number;
  /** Why it may not run, if it was blocked. */
  readonly blocked?: string;
}

/** What is installed: one of these is in force at a time, and each change makes another. */
export interface InstalledSet {
  readonly format: 1;
  /** From 1; 0 before anything was installed. */
  readonly generation: number;
  /** The generation whose content this one brought back. */
  readonly restores?: number;
  /** ISO 8601. */
  readonly at: string;
  /** What made it: `add @acme/plugin-weather`. */
  readonly why: string;
  /** By plugin id. */
  readonly plugins: Readonly<Record<string, InstalledPlugin>>;
  /** Scope to the one registry its packages come from. */
  readonly scopes: Readonly<Record<string, string>>;
  /** Package name to the id of the key that may sign it; kept when a plugin is removed. */
  readonly authors: Readonly<Record<string, string>>;
}

const nothing: InstalledSet = {
  format: 1,
  generation: 0,
  at: '',
  why: '',
  plugins: {},
  scopes: {},
  authors: {},
};

/** What is installed now. @throws AF_INSTALL_STORE */
export function readInstalled(dataDir: string): InstalledSet {
  const { current } = placesIn(dataDir);
  return existsSync(current) ? readSet(current) : nothing;
}

/** Every generation there is a record of, the oldest first. */
export function installedGenerations(dataDir: string): readonly InstalledSet[] {
  const { generations } = placesIn(dataDir);
  if (!existsSync(generations)) return [];
  return readdirSync(generations)
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => readSet(join(generations, name)))
    .toSorted((left, right) => left.generation - right.generation);
}

/** Puts a set in force: its record first, then the pointer, each in one step. */
export function commitInstalled(
  dataDir: string,
  before: InstalledSet,
  change: Pick<InstalledSet, 'why' | 'plugins'> & Partial<InstalledSet>,
  now: Date = new Date(),
): InstalledSet {
  const { current, generations } = placesIn(dataDir);
  const { restores: _restored, ...kept } = before;
  const newest = installedGenerations(dataDir).at(-1)?.generation ?? 0;
  const generation = Math.max(before.generation, newest) + 1;
  const plugins = Object.fromEntries(
    Object.entries(change.plugins).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
  const next: InstalledSet = { ...kept, ...change, plugins, format: 1, generation, at: now.toISOString() };
  const text = `${JSON.stringify(next, null, 2)}\n`;
  writeDurably(join(generations, `${generation}.json`), text);
  writeDurably(current, text);
  return next;
}

/**
 * Adds what is installed to a configuration: every installed plugin runs, in the version installed, with the
 * permissions granted. An entry of the configuration may name it, by id or package, to set it up or switch it off.
 */
export function amendConfig(config: PlatformConfig, { plugins }: InstalledSet): PlatformConfig {
  const left = new Map(Object.entries(plugins));
  const given = config.plugins.map((item): string | PluginEntry => {
    const entry: PluginEntry = typeof item === 'string' ? { use: item } : item;
    const [id, installed] =
      [...left].find(([each, { name }]) => entry.use === each || entry.use === name) ?? [];
    if (id === undefined || installed === undefined) return item;
    left.delete(id);
    return { ...asInstalled(installed), ...entry, use: id, ...stop(installed) };
  });
  const added = [...left].map(([id, installed]) => ({
    use: id,
    ...asInstalled(installed),
    ...stop(installed),
  }));
  const granted = Object.entries(plugins).map(([id, one]) => [id, one.granted] as const);
  return {
    ...config,
    plugins: [...given, ...added],
    grants: { ...Object.fromEntries(granted.filter(([, names]) => names.length > 0)), ...config.grants },
  };
}

/** For `createKernel`: adds what is installed each time the configuration is read. */
export function amendInstalled(config: PlatformConfig, dataDir: string): PlatformConfig {
  return amendConfig(config, readInstalled(dataDir));
}

function asInstalled({ version, isolation }: InstalledPlugin): Pick<PluginEntry, 'version' | 'isolation'> {
  return { version, ...(isolation !== undefined && { isolation }) };
}

function stop({ blocked }: InstalledPlugin): Pick<PluginEntry, 'enabled' | 'reason'> {
  return blocked === undefined ? {} : { enabled: false, reason: blocked };
}

function readSet(file: string): InstalledSet {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    value = undefined;
  }
  const { format, generation, plugins, scopes, authors } = Object(value) as Partial<InstalledSet>; // looked at next
  const records = [plugins, scopes, authors].every((one) => typeof one === 'object' && one !== null);
  if (format !== 1 || typeof generation !== 'number' || !records) {
    const mend = 'Restore it from a backup, or put the newest file of the folder "generations" in its place.';
    throw errors.AF_INSTALL_STORE({ reason: `${file} is damaged, or of another version`, mend });
  }
  return value as InstalledSet; // as just checked; this program wrote it
}
