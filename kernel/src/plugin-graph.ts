import type { PluginPackage } from './plugin-package.ts';
import { type Places, type Slot, ascending, common, own, where } from './plugin-slots.ts';
import type { Resolution, ResolveInput } from './resolve.ts';
import type { Rule } from './resolve-rules.ts';
import { satisfies } from './semver-cache.ts';

/** One plugin in its chosen version. */
interface Node {
  readonly slot: Slot;
  readonly pkg: PluginPackage;
  readonly needs: Edge[];
  readonly users: Node[];
  waitsFor: number;
  /** How many must start one after another before it. */
  depth: number;
}

/** One plugin's dependency on another, by a contract (or the plugin's own id) named in its manifest. */
interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly field: 'requires' | 'optional' | 'collects' | 'plugins';
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
  const nodes = slots.flatMap((slot): Node[] => {
    const pkg = slot.versions[chosen[slot.at] ?? 0];
    return pkg ? [{ slot, pkg, needs: [], users: [], waitsFor: 0, depth: 0 }] : [];
  });
  const byId = new Map(nodes.map((node) => [node.slot.id, node]));
  const offering = offers(nodes, 'provides');
  const contributing = offers(nodes, 'contributes');
  const providers = new Map<string, Node>();
  for (const [contract, able] of offering) {
    const choice = own(input.providers, contract);
    const node =
      able.length === 1 && choice === undefined ? able[0] : able.find(({ slot }) => slot.id === choice);
    if (node) providers.set(contract, node);
  }

  const connect = (from: Node, field: Edge['field'], key: string, to: Node | undefined): void => {
    if (to === undefined || (to === from && field !== 'requires')) return;
    if (forgotten.has(`${from.slot.id}>${to.slot.id}`)) return;
    from.needs.push({ from, to, field, key });
    from.waitsFor++;
    to.users.push(from);
  };
  for (const node of nodes) {
    const { requires, optional, collects, plugins } = node.pkg.manifest;
    for (const key in requires) connect(node, 'requires', key, providers.get(key));
    for (const key in optional) {
      const to = providers.get(key);
      const version = own(to?.pkg.manifest.provides, key);
      if (version !== undefined && satisfies(version, optional[key] ?? ''))
        connect(node, 'optional', key, to);
    }
    for (const key in collects)
      for (const to of contributing.get(key) ?? []) connect(node, 'collects', key, to);
    for (const key in plugins) connect(node, 'plugins', key, byId.get(key));
  }

  const ready = nodes.filter(({ waitsFor }) => waitsFor === 0);
  for (const node of ready) {
    for (const user of node.users) {
      user.depth = Math.max(user.depth, node.depth + 1);
      if (--user.waitsFor === 0) ready.push(user);
    }
  }
  const left = nodes.filter(({ waitsFor }) => waitsFor > 0);
  const order = inOrder(ready);
  const contributors = sorted(contributing).map(
    ([id, all]) => [id, inOrder(all).map(({ slot }) => slot.id)] as const,
  );
  const resolution: Resolution = {
    packages: order.map(({ pkg }) => pkg),
    providers: Object.fromEntries(sorted(providers).map(([contract, { slot }]) => [contract, slot.id])),
    contributors: Object.fromEntries(contributors),
    dependencies: new Map(order.map((node) => [node.slot.id, idsBelow(node)])),
  };
  return { resolution, cycle: left[0] && cycleRule(left[0]) };
}

/** Forbids the versions that make the cycle to which `node`'s dependencies lead. */
function cycleRule(node: Node): Rule {
  const walk: Edge[] = [];
  let at = node;
  while (!walk.some(({ from }) => from === at)) {
    const next = at.needs.find(({ to }) => to.waitsFor > 0);
    if (next === undefined) break; // cannot be: whatever still waits, waits for something that does
    walk.push(next);
    at = next.to;
  }
  const circle = walk.slice(walk.findIndex(({ from }) => from === at));
  const first = Math.min(...circle.map(({ from }) => from.slot.at));
  const start = circle.findIndex(({ from }) => from.slot.at === first);
  const cycle = [...circle.slice(start), ...circle.slice(0, start)];
  const ids = cycle.map(({ from }) => from.slot.id);

  // Whichever versions name the same things make the same cycle.
  const when = new Map<number, Places>();
  const limit = (
    { slot, pkg }: Node,
    field: Edge['field'] | 'provides' | 'contributes',
    key: string,
  ): void => {
    const same = where(slot, ({ manifest }) => own(manifest[field], key) === own(pkg.manifest[field], key));
    when.set(slot.at, common(when.get(slot.at), same));
  };
  for (const { from, to, field, key } of cycle) {
    limit(from, field, key);
    if (field !== 'plugins') limit(to, field === 'collects' ? 'contributes' : 'provides', key);
  }
  const last =
    ids.length > 1
      ? 'Each waits for the next, so none of them can start first.'
      : 'It would wait for itself.';
  const fact = {
    key: `cycle ${ids.join(' ')}`,
    plugins: ids,
    edge: `${ids[0] ?? ''}>${ids[1] ?? ids[0] ?? ''}`,
    hint: `Change one of ${ids.join(', ')} so that it no longer needs the next`,
    tell: () => [
      ...cycle.map(({ from, to, field, key }) => words[field](from.slot.id, key, to.slot.id)),
      last,
    ],
  };
  return { when, fact };
}

function offers(
  nodes: readonly Node[],
  field: 'provides' | 'contributes',
): ReadonlyMap<string, readonly Node[]> {
  const found = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const contract in node.pkg.manifest[field]) {
      const known = found.get(contract);
      if (known === undefined) found.set(contract, [node]);
      else known.push(node);
    }
  }
  return found;
}

function idsBelow({ needs }: Node): readonly string[] {
  return needs.length === 0 ? [] : [...new Set(needs.map(({ to }) => to.slot.id))].toSorted(ascending);
}

/** Providers before users, then by id. */
function inOrder(nodes: readonly Node[]): readonly Node[] {
  return nodes.toSorted((left, right) => left.depth - right.depth || left.slot.at - right.slot.at);
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].toSorted(([left], [right]) => ascending(left, right));
}
