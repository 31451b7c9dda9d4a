import type { PluginPackage } from '../plugin-package.ts';
import type { ResolveInput } from './resolve.ts';
import { compareVersions, satisfies } from './version-range.ts';

/** One plugin of the configuration, and the versions it could run in. */
interface Slot {
  readonly id: string;
  /** How the configuration names it; more than once is a fault. */
  readonly uses: readonly string[];
  /** The range the configuration asks for. */
  readonly range: string | undefined;
  /** The locked version first, then the highest. What misses its own ranges is out, unless everything does. */
  readonly versions: readonly PluginPackage[];
}

/** What is to be fitted together. */
export interface Task {
  readonly input: ResolveInput;
  /** By plugin id, in order of id. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** What any version of any plugin could provide. */
  readonly possible: Offers;
}

/** Plugins in one version each: all of a task, or those decided so far. */
export interface PluginSet extends Task {
  /** By plugin id. */
  readonly packages: ReadonlyMap<string, PluginPackage>;
  readonly providers: Offers;
  readonly contributors: Offers;
}

/** Contract id to the plugins that offer it: plugin id to the version offered. */
type Offers = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What one line of a manifest asks for, and the plugins of the set that answer, with the version they offer. */
export interface Demand {
  readonly pkg: PluginPackage;
  readonly field: 'requires' | 'optional' | 'collects' | 'plugins' | 'conflicts';
  readonly key: string;
  readonly range: string;
  readonly answers: readonly (readonly [id: string, version: string])[];
}

/** Sorts the entries of a configuration by plugin, so that the order they came in no longer matters. */
export function taskOf(input: ResolveInput): Task {
  const { requested, locked, kernelVersion } = input;
  const byUse = requested.toSorted((left, right) => (left.use < right.use ? -1 : 1));
  const groups = Map.groupBy(byUse, ({ candidates: [first] }) => first?.manifest.id ?? '');
  const slots = [...groups.keys()].toSorted().map((id): Slot => {
    const preferred = locked?.[id]?.version;
    const entries = groups.get(id) ?? [];
    const { candidates = [], range } = entries[0] ?? {};
    const fits = ({ manifest: { version, kernel } }: PluginPackage): boolean =>
      satisfies(kernelVersion, kernel) && (range === undefined || satisfies(version, range));
    const sorted = candidates.toSorted(
      ({ manifest: { version: left }, ...a }, { manifest: { version: right }, ...b }) =>
        Number(right === preferred) - Number(left === preferred) ||
        compareVersions(left, right) ||
        ((a.integrity ?? a.folder) < (b.integrity ?? b.folder) ? -1 : 1),
    );
    const versions = sorted.length > 1 && sorted.some(fits) ? sorted.filter(fits) : sorted.slice(0, 1);
    return { id, uses: entries.map(({ use }) => use), range, versions };
  });
  const every = slots.flatMap(({ versions }) => versions);
  return { input, slots: new Map(slots.map((slot) => [slot.id, slot])), possible: offers(every, 'provides') };
}

/** Looks up what the packages offer one another. */
export function pluginSetOf(task: Task, packages: readonly PluginPackage[]): PluginSet {
  return {
    ...task,
    packages: new Map(packages.map((pkg) => [pkg.manifest.id, pkg])),
    providers: offers(packages, 'provides'),
    contributors: offers(packages, 'contributes'),
  };
}

function offers(packages: readonly PluginPackage[], field: 'provides' | 'contributes'): Offers {
  const found = new Map<string, Map<string, string>>();
  for (const { manifest } of packages)
    for (const [key, version] of Object.entries(manifest[field] ?? {}))
      found.set(key, (found.get(key) ?? new Map<string, string>()).set(manifest.id, version));
  return found;
}

/** The plugin whose offer of a contract counts: the one the configuration chooses, else the only one. */
export function providerOf({ input, providers }: PluginSet, contract: string): string | undefined {
  const able = [...(providers.get(contract)?.keys() ?? [])];
  if (Object.hasOwn(input.providers, contract)) return able.find((id) => id === input.providers[contract]);
  return able.length === 1 ? able[0] : undefined;
}

/** What the packages ask for under the given fields of their manifests. */
export function* demandsOf(
  set: PluginSet,
  packages: Iterable<PluginPackage>,
  ...fields: readonly Demand['field'][]
): Iterable<Demand> {
  for (const pkg of packages)
    for (const field of fields)
      for (const key in pkg.manifest[field])
        // Object.entries would make a list for each of thousands
        yield { pkg, field, key, range: pkg.manifest[field][key] ?? '', answers: answersTo(set, field, key) };
}

function answersTo(set: PluginSet, field: Demand['field'], key: string): Demand['answers'] {
  if (field === 'collects') return [...(set.contributors.get(key) ?? [])];
  const isContract = field === 'requires' || field === 'optional';
  const id = isContract ? providerOf(set, key) : key;
  const version = isContract
    ? set.providers.get(key)?.get(id ?? '')
    : set.packages.get(key)?.manifest.version;
  return id === undefined || version === undefined ? [] : [[id, version]];
}
