import type { PluginPackage } from './plugin-package.ts';
import { type Places, type Slot, ascending, common, own, where } from './plugin-slots.ts';
import type { Resolution, ResolveInput } from './resolve.ts';
import type { Fault, Rule } from './resolve-rules.ts';
import { satisfies } from './semver-cache.ts';

/** One plugin's dependency on another, and what makes it so. */
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly field: 'requires' | 'optional' | 'collects' | 'plugins';
  /** The contract, or the plugin's id. */
  readonly key: string;
}

const words: Record<Edge['field'], (from: string, key: string, to: string) => string> = {
  requires: (from, key, to) => `${from} requires contract ${key}, which ${to} provides.`,
  optional: (from, key, to) => `${from} uses contract ${key}, which ${to} provides.`,
  collects: (from, key, to) => `${from} collects ${key}, to which ${to} contributes.`,
  plugins: (from, key) => `${from} needs plugin ${key}.`,
};

/**
 * Puts a choice of versions in order, or returns the rule that forbids one of its cycles.
 *
 * @param forgotten - dependencies left out of account, as `from>to`
 */
export function graphOf(
  input: ResolveInput,
  slots: readonly Slot[],
  chosen: readonly number[],
  forgotten: ReadonlySet<string>,
): { resolution: Resolution; cycle: Rule | undefined } {
  const packages = slots.flatMap(({ versions }, at) => versions[chosen[at] ?? 0] ?? []);
  const idOf = (at: number): string => slots[at]?.id ?? '';
  const byId = new Map(packages.map((pkg, at) => [pkg.manifest.id, at]));
  const offering = new Map<string, number[]>();
  const contributing = new Map<string, number[]>();
  const list = (lists: Map<string, number[]>, contract: string, at: number): void => {
    const known = lists.get(contract);
    if (known === undefined) lists.set(contract, [at]);
    else known.push(at);
  };
  packages.forEach(({ manifest }, at) => {
    for (const contract in manifest.provides) list(offering, contract, at);
    for (const contract in manifest.contributes) list(contributing, contract, at);
  });
  const providers = new Map<string, number>();
  for (const [contract, able] of offering) {
    const choice = own(input.providers, contract);
    const at = choice === undefined && able.length === 1 ? able[0] : byId.get(choice ?? '');
    if (at !== undefined && able.includes(at)) providers.set(contract, at);
  }

  const edges = packages.map(({ manifest }, from): Edge[] => {
    const found: Edge[] = [];
    const add = (field: Edge['field'], key: string, to: number | undefined): void => {
      if (to === undefined || (to === from && field !== 'requires')) return;
      if (!forgotten.has(`${idOf(from)}>${idOf(to)}`)) found.push({ from, to, field, key });
    };
    for (const key in manifest.requires) add('requires', key, providers.get(key));
    for (const key in manifest.optional) {
      const to = providers.get(key);
      const version = to === undefined ? undefined : own(packages[to]?.manifest.provides, key);
      if (version !== undefined && satisfies(version, own(manifest.optional, key) ?? ''))
        add('optional', key, to);
    }
    for (const key in manifest.collects)
      for (const to of contributing.get(key) ?? []) add('collects', key, to);
    for (const key in manifest.plugins) add('plugins', key, byId.get(key));
    return found;
  });

  const { order, left } = inOrder(edges);
  const ordered = order.flatMap((at) => packages[at] ?? []);
  const rank = new Map(order.map((at, place) => [at, place]));
  const inRank = (some: readonly number[]): string[] =>
    some.toSorted((one, two) => (rank.get(one) ?? 0) - (rank.get(two) ?? 0)).map(idOf);
  const resolution: Resolution = {
    packages: ordered,
    providers: Object.fromEntries(sorted(providers).map(([contract, at]) => [contract, idOf(at)])),
    contributors: Object.fromEntries(sorted(contributing).map(([contract, all]) => [contract, inRank(all)])),
    dependencies: new Map(
      order.map((at) => [
        idOf(at),
        [...new Set((edges[at] ?? []).map(({ to }) => idOf(to)))].toSorted(ascending),
      ]),
    ),
  };
  return { resolution, cycle: left.size > 0 ? cycleRule(slots, packages, edges, left) : undefined };
}

/** By depth, then by id; and what no order can hold, because it is in a cycle or above one. */
function inOrder(edges: readonly (readonly Edge[])[]): {
  order: readonly number[];
  left: ReadonlySet<number>;
} {
  const users = edges.map((): number[] => []);
  const waiting = edges.map((mine) => {
    for (const { from, to } of mine) users[to]?.push(from);
    return mine.length;
  });
  const depth = edges.map(() => 0);
  const order = edges.flatMap((mine, at) => (mine.length === 0 ? [at] : []));
  for (const at of order) {
    for (const user of users[at] ?? []) {
      depth[user] = Math.max(depth[user] ?? 0, (depth[at] ?? 0) + 1);
      waiting[user] = (waiting[user] ?? 0) - 1;
      if (waiting[user] === 0) order.push(user);
    }
  }
  const left = new Set(edges.keys());
  for (const at of order) left.delete(at);
  return { order: order.toSorted((one, two) => (depth[one] ?? 0) - (depth[two] ?? 0) || one - two), left };
}

/** Forbids the versions that make one of the cycles among `left`. */
function cycleRule(
  slots: readonly Slot[],
  packages: readonly PluginPackage[],
  edges: readonly (readonly Edge[])[],
  left: ReadonlySet<number>,
): Rule {
  const walk: Edge[] = [];
  let [at = 0] = left;
  while (!walk.some(({ from }) => from === at)) {
    const next = edges[at]?.find(({ to }) => left.has(to));
    if (next === undefined) break; // cannot be: whatever is left waits for something left
    walk.push(next);
    at = next.to;
  }
  const circle = walk.slice(walk.findIndex(({ from }) => from === at));
  const start = circle.findIndex(({ from }) => from === Math.min(...circle.map((edge) => edge.from)));
  const cycle = [...circle.slice(start), ...circle.slice(0, start)];
  const ids = cycle.map(({ from }) => slots[from]?.id ?? '');

  const when = new Map<number, Places>();
  const limit = (at: number, field: Edge['field'] | 'provides' | 'contributes', key: string): void => {
    const [slot, pkg] = [slots[at], packages[at]];
    if (slot === undefined || pkg === undefined) return;
    const value = own(pkg.manifest[field], key);
    const same = where(slot, ({ manifest }) => own(manifest[field], key) === value);
    when.set(at, common(when.get(at), same));
  };
  for (const { from, to, field, key } of cycle) {
    limit(from, field, key);
    if (field !== 'plugins') limit(to, field === 'collects' ? 'contributes' : 'provides', key);
  }
  const fact: Fault = {
    key: `cycle:${ids.join('>')}`,
    plugins: ids,
    edge: `${ids[0] ?? ''}>${ids[1] ?? ids[0] ?? ''}`,
    hint: `Change one of ${ids.join(', ')} so that it no longer needs the next`,
    tell: () => [
      ...cycle.map(({ from, to, field, key }) =>
        words[field](slots[from]?.id ?? '', key, slots[to]?.id ?? ''),
      ),
      ids.length > 1 ? 'Each waits for the next, so none of them can start first.' : 'It waits for itself.',
    ],
  };
  return { when, fact };
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].toSorted(([left], [right]) => ascending(left, right));
}
