import { createHmac, hash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import type { PlatformConfig, PluginEntry } from '@agent-factory/sdk';
import { configFromObject, loadConfigFile, type FindMore, type LoadedConfig } from './config/config-file.ts';
import { discover } from './config/discover.ts';
import { kindOf } from './config/manifest.ts';
import { newestChange } from './newest-change.ts';
import { preparePluginConfig } from './config/plugin-config.ts';
import { throwIfProblems, type ConfigProblem } from './config/problem.ts';
import { isRecord } from './config/schema-walk.ts';
import { reasonOf } from './deadline.ts';
import { errors } from './errors.ts';
import type { Instance, InstanceBlueprint } from './instance.ts';
import { withIsolation } from './isolate.ts';
import type { KernelOptions } from './kernel-options.ts';
import { revisionOf } from './loader.ts';
import type { PluginPackage } from './plugin-package.ts';
import {
  changesBetween,
  compareLock,
  generationId,
  lockOf,
  readLock,
  type Lockfile,
} from './resolve/lock.ts';
import { resolve, type Resolution } from './resolve/resolve.ts';

/** One plugin in a plan, and why it is there. */
export interface PlanStep {
  readonly plugin: string;
  readonly version: string;
  readonly why: string;
}

/** What applying a configuration would do. Pure data; nothing has run. */
export interface Plan {
  /** Id of the generation it leads to. */
  readonly generation: string;
  readonly keep: readonly PlanStep[];
  readonly start: readonly PlanStep[];
  readonly stop: readonly PlanStep[];
  /** What would change in the lock file, as sentences. */
  readonly lock: readonly string[];
}

/** A plan with everything needed to carry it out. */
export interface PreparedPlan extends Plan {
  readonly loaded: LoadedConfig;
  readonly resolution: Resolution;
  /** By plugin id, in activation order. */
  readonly blueprints: ReadonlyMap<string, InstanceBlueprint>;
  readonly lockfile: Lockfile;
  readonly lockPath: string | undefined;
  readonly disabled: readonly DisabledPlugin[];
  /** Texts that may never be printed. */
  readonly secrets: readonly string[];
}

/** What an entry of the configuration names, and leaves out. */
export interface DisabledPlugin {
  readonly pkg: PluginPackage;
  readonly reason: string | undefined;
}

/** Where a plan starts from. */
export interface PlanInput {
  /** One that was read before is taken as it was. Default: the file. */
  readonly config: PlatformConfig | LoadedConfig | undefined;
  readonly configFile: string | undefined;
  readonly amend: KernelOptions['amend'];
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly memory: readonly PluginPackage[];
  /** `false`: no lock file is read or written; `frozen`: it may not change. */
  readonly lock: boolean | 'frozen';
  readonly kernelVersion: string;
  /** Ids of plugins to leave out. */
  readonly except: readonly string[];
  /** Take the lock as it comes out, even where a locked package changed. */
  readonly acceptLock: boolean;
  readonly serving: ReadonlyMap<string, Instance>;
}

// Secrets decide whether an instance must change, but their text must stay out of keys.
const pepper = randomBytes(16);

/** Reads the configuration, finds and resolves the plugins, checks everything, and compares with what serves. */
export async function preparePlan(input: PlanInput): Promise<PreparedPlan> {
  const loaded = await load(input);
  const lockPath = input.lock && loaded.file ? join(loaded.baseDir, 'agent-factory.lock.json') : undefined;
  const before = lockPath ? readLock(lockPath) : undefined;
  const { requested, disabled, problems } = findPlugins(loaded, input);
  if (problems.length > 0) throwIfProblems(loaded.file, problemsIn(loaded, input));
  const resolution = resolve({
    requested,
    providers: loaded.config.providers ?? {},
    kernelVersion: input.kernelVersion,
    locked: before?.plugins,
    available: disabled.map(({ pkg }) => pkg),
  });
  const { blueprints, canonical, secrets } = blueprintsOf(loaded, requested, resolution);
  const lockfile = lockOf(resolution, input.kernelVersion, loaded.config.grants ?? {});
  const changes =
    !lockPath || input.acceptLock
      ? changesBetween(before, lockfile)
      : compareLock(before, lockfile, { file: lockPath, frozen: input.lock === 'frozen' });
  return {
    generation: generationId(lockfile, canonical),
    ...compare(blueprints, input.serving),
    lock: changes.map(({ text }) => text),
    loaded,
    resolution,
    blueprints,
    lockfile,
    lockPath,
    disabled,
    secrets,
  };
}

/** The absolute folder for state. */
export function dataDirOf({ baseDir, config }: Pick<LoadedConfig, 'baseDir' | 'config'>): string {
  return resolvePath(baseDir, config.dataDir ?? '.agent-factory');
}

/** Makes the folder for state, where it is not there yet. AF_SWAP_FAILED. */
export function makeDataDir(loaded: Pick<LoadedConfig, 'baseDir' | 'config'>): void {
  try {
    mkdirSync(dataDirOf(loaded), { recursive: true });
  } catch (error) {
    const reason = `the folder for state cannot be made: ${reasonOf(error)}.`;
    throw errors.AF_SWAP_FAILED({ reason }, { cause: error });
  }
}

async function load(input: PlanInput): Promise<LoadedConfig> {
  const { config, baseDir, env, configFile, amend } = input;
  if (config && 'locate' in config) return config;
  const findMore: FindMore = (loaded) => problemsIn(loaded, input);
  const loaded = config
    ? configFromObject(config, baseDir, env, findMore)
    : await loadConfigFile({ cwd: baseDir, env, file: configFile, findMore });
  return amend ? { ...loaded, config: amend(loaded.config, dataDirOf(loaded)) } : loaded;
}

interface Requested {
  readonly use: string;
  readonly range?: string;
  readonly candidates: readonly PluginPackage[];
  readonly raw: NonNullable<PluginEntry['config']>;
  readonly pointer: string;
}

function findPlugins(
  loaded: LoadedConfig,
  input: PlanInput,
): { requested: Requested[]; disabled: DisabledPlugin[]; problems: ConfigProblem[] } {
  const requested: Requested[] = [];
  const disabled: DisabledPlugin[] = [];
  const problems: ConfigProblem[] = [];
  const storeDir = join(dataDirOf(loaded), 'plugins');
  const memory = Map.groupBy(input.memory, ({ manifest }) => manifest.id);
  for (const [index, item] of loaded.config.plugins.entries()) {
    const entry: PluginEntry = typeof item === 'string' ? { use: item } : item;
    const own = memory.get(entry.use) ?? [];
    const pointer = `/plugins/${index}`;
    try {
      const found = own.length > 0 ? own : discover(entry, { baseDir: loaded.baseDir, storeDir });
      const first = found[0]?.manifest.id ?? '';
      if (input.except.includes(first)) continue;
      const { version, reason } = entry;
      if (entry.enabled === false) disabled.push(...found.slice(0, 1).map((pkg) => ({ pkg, reason })));
      else {
        const candidates = found.map((pkg) => withIsolation(pkg, entry, loaded.config.grants?.[first]));
        const range = version === undefined ? {} : { range: version };
        requested.push({ use: entry.use, ...range, candidates, raw: entry.config ?? {}, pointer });
      }
    } catch (error) {
      const { message, fix } = error as { message: string; fix?: string };
      const place = typeof item === 'string' ? pointer : `${pointer}/use`;
      const problem = { pointer: place, message, fix, line: loaded.locate(place) };
      if (entry.enabled !== false) problems.push(problem);
    }
  }
  return { requested, disabled, problems };
}

/** Plugins that are not there, and settings that are wrong wherever it is clear whose they are. */
function problemsIn(loaded: LoadedConfig, input: PlanInput): ConfigProblem[] {
  const { requested, problems } = findPlugins(loaded, input);
  for (const { candidates, raw, pointer } of requested) {
    const [pkg, ...others] = candidates;
    if (pkg && others.length === 0 && isRecord(raw))
      problems.push(...preparePluginConfig(pkg, raw, `${pointer}/config`, loaded).problems);
  }
  return problems;
}

function blueprintsOf(
  loaded: LoadedConfig,
  requested: readonly Requested[],
  resolution: Resolution,
): { blueprints: Map<string, InstanceBlueprint>; canonical: Map<string, string>; secrets: string[] } {
  const sources = new Map(requested.flatMap((one) => one.candidates.map((pkg) => [pkg, one] as const)));
  const blueprints = new Map<string, InstanceBlueprint>();
  const canonical = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  const secrets: string[] = [];
  for (const pkg of resolution.packages) {
    const { id } = pkg.manifest;
    const source = sources.get(pkg);
    const pointer = `${source?.pointer ?? ''}/config`;
    const prepared = preparePluginConfig(pkg, source?.raw ?? {}, pointer, loaded);
    problems.push(...prepared.problems);
    canonical.set(id, prepared.canonical);
    if (prepared.problems.length > 0) continue;
    const { config, secrets: revealed } = prepared;
    const isData = kindOf(pkg.manifest) !== 'code' && pkg.source === 'local';
    const watched = isData ? [...prepared.watched, pkg.folder] : prepared.watched;
    secrets.push(...revealed);
    const dependencies = resolution.dependencies.get(id) ?? [];
    const below = dependencies.map((name) => blueprints.get(name)?.key ?? '').join();
    const { isolation } = pkg;
    // What runs elsewhere has never been loaded here.
    const revision = isolation
      ? JSON.stringify([isolation, newestChange(pkg.folder, pkg.source === 'store')])
      : revisionOf(pkg);
    const code = `${pkg.folder}#${revision}`;
    const digest =
      revealed.length > 0 ? createHmac('sha256', pepper).update(revealed.join('\0')).digest('hex') : '';
    const content = JSON.stringify(watched.map((path) => newestChange(path)));
    const text = [id, pkg.manifest.version, code, prepared.canonical, content, digest, below].join('\n');
    blueprints.set(id, { pkg, config, watched, dependencies, key: hash('sha1', text) });
  }
  throwIfProblems(loaded.file, problems);
  return { blueprints, canonical, secrets };
}

function compare(
  blueprints: ReadonlyMap<string, InstanceBlueprint>,
  serving: ReadonlyMap<string, Instance>,
): Pick<Plan, 'keep' | 'start' | 'stop'> {
  const keep: PlanStep[] = [];
  const start: PlanStep[] = [];
  const changed = new Set<string>();
  for (const [plugin, blueprint] of blueprints) {
    const { version } = blueprint.pkg.manifest;
    const old = serving.get(plugin);
    if (old && old.key === blueprint.key) keep.push({ plugin, version, why: 'unchanged' });
    else {
      start.push({ plugin, version, why: old ? whyChanged(old, blueprint, changed) : 'new' });
      changed.add(plugin);
    }
  }
  const stop = [...serving.values()]
    .filter((old) => blueprints.get(old.id)?.key !== old.key)
    .map((old) => ({
      plugin: old.id,
      version: old.pkg.manifest.version,
      why: blueprints.has(old.id) ? 'replaced' : 'no longer in the configuration',
    }));
  return { keep, start, stop };
}

function whyChanged(old: Instance, next: InstanceBlueprint, changed: ReadonlySet<string>): string {
  const [from, to] = [old.pkg.manifest.version, next.pkg.manifest.version];
  if (from !== to) return `version ${from} becomes ${to}`;
  const below = next.dependencies.filter((id) => changed.has(id));
  if (below.length > 0) return `it depends on ${below.join(', ')}, which changes`;
  if (old.dependencies.join() !== next.dependencies.join())
    return 'what it depends on is another set of plugins';
  if (JSON.stringify(old.config) !== JSON.stringify(next.config)) return 'its configuration changed';
  if (JSON.stringify(old.pkg.isolation) !== JSON.stringify(next.pkg.isolation))
    return 'its isolation or permissions changed';
  return 'its files or secrets changed';
}
