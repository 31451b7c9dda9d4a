import { explainConflict } from './explain-conflict.ts';
import { graphOf } from './plugin-graph.ts';
import type { PluginPackage } from './plugin-package.ts';
import { type Slot, own, slotsOf } from './plugin-slots.ts';
import { type Fault, type Rule, rulesOf } from './resolve-rules.ts';
import { searchVersions } from './search-versions.ts';

/** What to fit together. */
export interface ResolveInput {
  /** The plugins to run; all candidates of one entry are versions of one plugin. */
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
  /** Plugin id to the version preferred, where it works. */
  readonly locked?: Readonly<Record<string, string>>;
  /** Found but not requested; only for suggestions. */
  readonly available?: readonly PluginPackage[];
}

/** Plugins that fit together. */
export interface Resolution {
  /** Providers before users, then by id: the same whatever the order of the input. */
  readonly packages: readonly PluginPackage[];
  /** Contract id to the id of the plugin that provides it. */
  readonly providers: Readonly<Record<string, string>>;
  /** Collection id to the ids of the plugins that contribute, in the order of `packages`. */
  readonly contributors: Readonly<Record<string, readonly string[]>>;
  /** Plugin id to the ids of the plugins it depends on: providers, contributors to what it collects, plugins. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

/** One reason why plugins do not fit: facts that contradict each other. */
export type Problem = readonly Fault[];

/** Plugins that fit together, or every independent reason why they do not. */
export type Attempt = { readonly resolution: Resolution } | { readonly problems: readonly Problem[] };

/** What one search may look at, and all searches for a mend: about half a second in the worst case. */
const steps = { search: 1_000_000, mend: 300_000 };

/**
 * Chooses one version of each requested plugin so that all ranges, choices of provider and conflicts are kept:
 * the locked version, else the highest that works. Where two plugins cannot both have theirs, a locked version
 * goes first, then the plugin whose id does.
 *
 * @throws AF_RESOLVE_FAILED with a chain of reasons and the smallest change that mends it
 */
export function resolve(input: ResolveInput): Resolution {
  const result = attemptResolve(input, { steps: steps.search });
  if ('resolution' in result) return result.resolution;
  const purse = { steps: steps.mend };
  throw explainConflict(input, result.problems, (changed) => attemptResolve(changed, purse));
}

function attemptResolve(input: ResolveInput, purse: { steps: number }): Attempt {
  const { slots, repeated } = slotsOf(input);
  const sizes = slots.map((slot) => slot.versions.length);
  const isFree = ({ id, versions: [best] }: Slot): number =>
    Number(best?.manifest.version !== own(input.locked, id));
  const order = slots.toSorted((left, right) => isFree(left) - isFree(right)).map(({ at }) => at);
  const problems: Problem[] = [];
  const forgotten = new Set<string>();
  let rules = rulesOf(input, slots, repeated);
  const setAside = (broken: readonly Rule[]): Problem => {
    const faults = broken.flatMap(({ fact }) => fact ?? []);
    for (const { edge } of faults) if (edge !== undefined) forgotten.add(edge);
    return faults;
  };

  // Each round finds one more reason, sets it aside, and looks whether there are others.
  for (;;) {
    const certain = rules.filter(({ when }) => [...when].every(([at, { size }]) => size === sizes[at]));
    if (certain.length > 0) {
      problems.push(...certain.map((rule) => setAside([rule])));
      const known = new Set(certain);
      rules = rules.filter((rule) => !known.has(rule));
      continue;
    }
    const found = searchVersions(sizes, order, rules, purse);
    if ('gaveUp' in found) return { problems: problems.length > 0 ? problems : [[tooMany]] };
    if ('failed' in found) {
      const failed = rules.filter((rule) => found.failed.includes(rule));
      const core = smallest(failed, (fewer) => 'failed' in searchVersions(sizes, order, fewer, purse));
      problems.push(setAside(core));
      const told = new Set(core.flatMap(({ when }) => [...when.keys()]));
      rules = rules.filter(({ when }) => ![...when.keys()].every((at) => told.has(at)));
      continue;
    }
    const { resolution, cycle } = graphOf(input, slots, found.chosen, forgotten);
    if (cycle !== undefined) rules = [...rules, cycle];
    else return problems.length > 0 ? { problems } : { resolution };
  }
}

/** Leaves out each rule that the contradiction does not need. */
function smallest(rules: readonly Rule[], fails: (rules: readonly Rule[]) => boolean): readonly Rule[] {
  let core = rules;
  if (rules.length <= 100) {
    for (const rule of rules) {
      const fewer = core.filter((other) => other !== rule);
      if (fails(fewer)) core = fewer;
    }
  }
  return rules.filter((rule) => core.includes(rule));
}

const tooMany: Fault = {
  key: 'too-many',
  plugins: [],
  hint: 'Say with "version" in the configuration which versions to use, at least of some plugins',
  tell: () => ['The plugins have so many versions that no set that fits was found in reasonable time.'],
};
