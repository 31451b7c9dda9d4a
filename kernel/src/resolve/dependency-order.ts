import { type Demand, demandsOf, type PluginSet } from './plugin-set.ts';
import { satisfies } from './version-range.ts';

/** One plugin's need of another. */
export interface Need {
  readonly from: string;
  readonly to: string;
  readonly demand: Demand;
}

/** Plugins in an order in which each can start, and what keeps some of them from starting. */
export interface DependencyOrder {
  /** Plugin id to the ids of the plugins it depends on; these come before it. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** Chains of needs that lead back to where they began. */
  readonly cycles: readonly (readonly Need[])[];
}

const known = new WeakMap<PluginSet, DependencyOrder>();

/** Sorts depth first: each plugin comes after what it needs, and otherwise by id. */
export function dependencyOrder(set: PluginSet): DependencyOrder {
  const before = known.get(set);
  if (before) return before;
  const dependencies = new Map<string, readonly string[]>();
  const cycles: (readonly Need[])[] = [];
  const path: Need[] = [];
  const begun = new Set<string>();
  const visit = (id: string): void => {
    begun.add(id);
    const needs = needsOf(set, id);
    for (const need of needs) {
      if (dependencies.has(need.to)) continue;
      path.push(need);
      if (begun.has(need.to)) cycles.push(path.slice(path.findIndex(({ from }) => from === need.to)));
      else visit(need.to);
      path.pop();
    }
    const below = needs.map(({ to }) => to);
    dependencies.set(id, below);
  };
  for (const id of [...set.packages.keys()].toSorted()) if (!begun.has(id)) visit(id);
  const order = { dependencies, cycles };
  known.set(set, order);
  return order;
}

/** What one plugin needs, in order of the plugins needed. */
function needsOf(set: PluginSet, from: string): readonly Need[] {
  const pkg = set.packages.get(from);
  const { requires, optional, collects, plugins } = pkg?.manifest ?? {};
  if (!pkg || !(requires ?? optional ?? collects ?? plugins)) return []; // as most do
  const needs = new Map<string, Need>();
  for (const demand of demandsOf(set, [pkg], 'requires', 'optional', 'collects', 'plugins')) {
    const { field, range, answers } = demand;
    for (const [to, version] of answers) {
      const goesWithout = field === 'optional' && !satisfies(version, range);
      const isItself = to === from && field !== 'requires';
      if (!needs.has(to) && !goesWithout && !isItself) needs.set(to, { from, to, demand });
    }
  }
  return [...needs.values()].toSorted((left, right) => (left.to < right.to ? -1 : 1));
}
