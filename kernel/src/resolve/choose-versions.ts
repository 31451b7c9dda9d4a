import { type Fault, faultsOf } from './faults.ts';
import { type PluginSet, pluginSetOf, taskOf } from './plugin-set.ts';
import type { ResolveInput } from './resolve.ts';

/** A version for each plugin, and what is wrong with them; without faults, they fit together. */
export interface Choice {
  readonly set: PluginSet;
  readonly faults: readonly Fault[];
}

const tooMany: Fault = {
  plugins: [],
  hint: 'Say with "version" in the configuration which versions to use, at least of some plugins',
  tell: () => ['The plugins have so many versions that no set that fits was found in reasonable time.'],
};

/**
 * Tries the best version of every plugin. If these do not fit, decides one plugin after the other, the best
 * version first, and goes back where nothing fits. If nothing fits at all, the faults are those of the best
 * versions.
 *
 * @param purse - how many plugins may be looked at; what is looked at is taken out
 */
export function chooseVersions(input: ResolveInput, purse: { left: number }): Choice {
  const task = taskOf(input);
  const all = [...task.slots.values()];
  const set = pluginSetOf(
    task,
    all.flatMap(({ versions }) => versions.slice(0, 1)),
  );
  const faults = [...faultsOf(set)];
  purse.left -= all.length;
  if (faults.length === 0) return { set, faults };

  const fixed = all.flatMap(({ versions }) => (versions.length > 1 ? [] : versions));
  const start = pluginSetOf(task, fixed);
  const certain = [...faultsOf(start)];
  if (certain.length > 0) return { set, faults: certain };

  const isFree = (id: string): number =>
    Number(set.packages.get(id)?.manifest.version !== input.locked?.[id]?.version);
  const several = all.filter(({ versions }) => versions.length > 1);
  const line = several.toSorted((left, right) => isFree(left.id) - isFree(right.id));

  /** Decides the plugins of the line from `level` on; failing that, tells whose versions were in the way. */
  const decide = (decided: PluginSet, level: number): PluginSet | ReadonlySet<string> => {
    const slot = line[level];
    if (!slot) return decided;
    const blamed = new Set<string>();
    for (const pkg of slot.versions) {
      const next = pluginSetOf(task, [...decided.packages.values(), pkg]);
      purse.left -= next.packages.size;
      if (purse.left < 0) return new Set(); // nobody is to blame, so every level gives up
      const [fault] = faultsOf(next);
      const below = fault ? new Set(fault.plugins) : decide(next, level + 1);
      // Solved; or other versions of this plugin would not help, for it has no part in what is wrong.
      if ('packages' in below || !below.has(slot.id)) return below;
      for (const id of below) if (id !== slot.id) blamed.add(id);
    }
    return blamed;
  };
  const found = decide(start, 0);
  if ('packages' in found) return { set: found, faults: [] };
  return { set, faults: purse.left < 0 ? [tooMany] : faults };
}
