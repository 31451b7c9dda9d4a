import type { PluginPackage } from '../plugin-package.ts';
import { chooseVersions } from './choose-versions.ts';
import { dependencyOrder } from './dependency-order.ts';
import { explainConflict } from './explain-conflict.ts';
import { providerOf } from './plugin-set.ts';

/** What to fit together. */
export interface ResolveInput {
  /** The plugins to run; the candidates of one entry, at least one, are versions of one plugin. */
  readonly requested: readonly {
    /** How the configuration names it. */
    readonly use: string;
    /** Semver range. Default: any version, prereleases last. */
    readonly range?: string;
    readonly candidates: readonly PluginPackage[];
  }[];
  /** Which plugin provides a contract that several offer: contract id to plugin id. */
  readonly providers: Readonly<Record<string, string>>;
  readonly kernelVersion: string;
  /** By plugin id, what is preferred where it works. */
  readonly locked?: Readonly<Record<string, { readonly version: string }>> | undefined;
  /** Found but not requested; only for suggestions. */
  readonly available?: readonly PluginPackage[];
}

/** Plugins that fit together. */
export interface Resolution {
  /** Providers before users, else by id: the same whatever the order of the input. */
  readonly packages: readonly PluginPackage[];
  /** Contract id to the id of the plugin that provides it. */
  readonly providers: Readonly<Record<string, string>>;
  /** Collection id to the ids of the plugins that contribute, in the order of `packages`. */
  readonly contributors: Readonly<Record<string, readonly string[]>>;
  /** Plugin id to the ids of the plugins it depends on: providers, contributors to what it collects, plugins. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

/** Plugins a search may look at, and all searches for a mend together: well under a second each. */
const purses = { search: 100_000, mend: 100_000 };

/**
 * Chooses one version of each requested plugin so that all ranges, choices of provider and conflicts are kept:
 * the locked version, else the highest that works. Where two plugins cannot both have theirs, a locked version
 * goes first, then the plugin whose id does.
 *
 * @throws AF_RESOLVE_FAILED with a chain of reasons and the smallest change that mends it
 */
export function resolve(input: ResolveInput): Resolution {
  const choice = chooseVersions(input, { left: purses.search });
  const { set, faults } = choice;
  if (faults.length > 0) {
    const purse = { left: purses.mend };
    throw explainConflict(choice, (changed) => (purse.left > 0 ? chooseVersions(changed, purse) : undefined));
  }
  const { dependencies } = dependencyOrder(set);
  const order = [...dependencies.keys()];
  const contracts = [...set.providers.keys()].toSorted().map((id) => [id, providerOf(set, id) ?? '']);
  const inOrder = (able: ReadonlyMap<string, string> | undefined): string[] =>
    order.filter((id) => able?.has(id));
  const collections = [...set.contributors.keys()].toSorted();
  const contributors = collections.map((id) => [id, inOrder(set.contributors.get(id))]);
  return {
    packages: order.flatMap((id) => set.packages.get(id) ?? []),
    providers: Object.fromEntries(contracts),
    contributors: Object.fromEntries(contributors),
    dependencies,
  };
}
