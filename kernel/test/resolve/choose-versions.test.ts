import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import semver from 'semver';
import type { PluginPackage } from '../../src/plugin-package.ts';
import { type Resolution, type ResolveInput, resolve } from '../../src/resolve/resolve.ts';
import { onPaper, requestOf, seeded } from './packages-on-paper.ts';

describe('the search for versions', () => {
  it('ends quickly where many versions of many plugins cannot be fitted', () => {
    // Each plugin wants all others at its own version, and one plugin has no version in common with the rest.
    const packages: PluginPackage[] = [];
    for (let n = 0; n < 40; n++) {
      for (let v = 1; v <= 10; v++) {
        const others = Object.fromEntries(
          [1, 2, 3].map((step) => [`p${(n + step) % 40}`, `>=${v - 1}.0.0 <=${v}.0.0`]),
        );
        packages.push(
          onPaper(`p${n}@${v}.0.0`, { plugins: others, conflicts: { p39: n < 39 ? `<=${v}.0.0` : '9' } }),
        );
      }
    }
    const result = outcome(requestOf(packages));
    assert.ok(typeof result === 'string');
    assert.match(result, /1\. p|no set that fits/);
  });

  it('gives up on a search that would not end, and says what to do', () => {
    // Sparse random exclusions at the density where solutions are rarest: the hardest kind there is.
    const dice = seeded(5);
    const packages: PluginPackage[] = [];
    for (let n = 0; n < 60; n++) {
      for (let v = 1; v <= 10; v++) {
        const conflicts: Record<string, string> = {};
        for (let m = 0; m < n; m++) {
          const hit = Array.from({ length: 10 }, (_, w) => `${w + 1}.0.0`).filter(() => dice() < 0.08);
          if (hit.length > 0) conflicts[`p${m}`] = hit.join(' || ');
        }
        packages.push(onPaper(`p${n}@${v}.0.0`, { conflicts }));
      }
    }
    const result = outcome(requestOf(packages));
    assert.ok(typeof result === 'string');
    assert.match(result, /no set that fits was found in reasonable time\.\nSay with "version"/);
  });
});

describe('the search for versions, on random graphs', () => {
  for (let seed = 1; seed <= 150; seed++) {
    it(`keeps every rule, whatever the order of the input (seed ${seed})`, () => {
      const input = randomInput(seeded(seed));
      const first = outcome(input);
      const shuffle = seeded(seed * 7919);
      for (let n = 0; n < 3; n++) assert.deepEqual(outcome(shuffled(input, shuffle)), first);
      if (typeof first === 'string')
        assert.equal(bruteForce(input), false, `there is a solution, but: ${first}`);
      else assert.equal(flaw(input, first), undefined);
    });
  }
});

function randomInput(dice: () => number): ResolveInput {
  const upTo = (limit: number): number => Math.floor(dice() * limit);
  const ids = Array.from({ length: 2 + upTo(6) }, (_, n) => `p${n}`);
  const range = (): string => ['*', '^1.0.0', '^2.0.0', '>=1.1.0', '<2.0.0'][upTo(5)] ?? '*';
  const some = (prefix: string, chance: number, value: () => string): Record<string, string> =>
    Object.fromEntries([0, 1, 2].flatMap((n) => (dice() < chance ? [[`${prefix}${n}`, value()]] : [])));
  const version = (): string => `${1 + upTo(2)}.${upTo(2)}.0`;
  const packages = ids.flatMap((id) =>
    [...new Set(Array.from({ length: 1 + upTo(3) }, version))].map((at) =>
      onPaper(`${id}@${at}`, {
        kernel: dice() < 0.1 ? '^9.0.0' : '*',
        provides: some('c', 0.15, version),
        requires: some('c', 0.1, range),
        optional: some('c', 0.1, range),
        contributes: some('t', 0.2, version),
        collects: some('t', 0.08, range),
        plugins: dice() < 0.3 ? { [ids[upTo(ids.length)] ?? '']: range() } : {},
        conflicts: dice() < 0.1 ? { [ids[upTo(ids.length)] ?? '']: range() } : {},
      }),
    ),
  );
  const providers = some('c', 0.3, () => ids[upTo(ids.length)] ?? '');
  return requestOf(packages, { providers: dice() < 0.5 ? providers : {} });
}

function shuffled(input: ResolveInput, dice: () => number): ResolveInput {
  const mix = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item) => ({ item, rank: dice() }))
      .toSorted((left, right) => left.rank - right.rank)
      .map(({ item }) => item);
  const requested = mix(input.requested).map((entry) => ({ ...entry, candidates: mix(entry.candidates) }));
  return { ...input, requested, providers: Object.fromEntries(mix(Object.entries(input.providers))) };
}

/** What is wrong with a resolution, said by a second, naive reading of the rules. */
function flaw(input: ResolveInput, { packages, dependencies, providers }: Resolution): string | undefined {
  const place = new Map(packages.map(({ manifest }, at) => [manifest.id, at]));
  if (packages.length !== input.requested.length) return 'not all are active';
  for (const [id, others] of dependencies) {
    for (const other of others)
      if ((place.get(other) ?? 0) >= (place.get(id) ?? 0)) return `${id} before ${other}`;
  }
  for (const [contract, id] of Object.entries(providers)) {
    if (input.providers[contract] !== undefined && input.providers[contract] !== id)
      return `not the chosen ${contract}`;
  }
  return broken(input, packages);
}

function broken(input: ResolveInput, packages: readonly PluginPackage[]): string | undefined {
  const active = new Map(packages.map(({ manifest }) => [manifest.id, manifest]));
  const fits = (version: string | undefined, range: string): boolean =>
    version !== undefined && semver.satisfies(version, range);
  const providerOf = (contract: string): string | undefined => {
    const able = packages.filter(({ manifest }) => manifest.provides?.[contract] !== undefined);
    return input.providers[contract] ?? able[0]?.manifest.id;
  };
  for (const [contract, id] of Object.entries(input.providers)) {
    if (active.get(id)?.provides?.[contract] === undefined) return `choice of ${contract}`;
  }
  for (const contract of ['c0', 'c1', 'c2']) {
    const able = packages.filter(({ manifest }) => manifest.provides?.[contract] !== undefined);
    if (able.length > 1 && input.providers[contract] === undefined) return `several provide ${contract}`;
  }
  const edges = new Map<string, string[]>();
  for (const { manifest } of packages) {
    const to: string[] = [];
    edges.set(manifest.id, to);
    if (!fits(input.kernelVersion, manifest.kernel)) return 'kernel';
    for (const [id, range] of Object.entries(manifest.plugins ?? {})) {
      if (!fits(active.get(id)?.version, range)) return `${manifest.id} plugins ${id}`;
      if (id !== manifest.id) to.push(id);
    }
    for (const [id, range] of Object.entries(manifest.conflicts ?? {})) {
      if (id !== manifest.id && fits(active.get(id)?.version, range)) return `${manifest.id} conflicts ${id}`;
    }
    for (const [contract, range] of Object.entries(manifest.requires ?? {})) {
      const id = providerOf(contract) ?? '';
      if (!fits(active.get(id)?.provides?.[contract], range)) return `${manifest.id} requires ${contract}`;
      to.push(id);
    }
    for (const [contract, range] of Object.entries(manifest.optional ?? {})) {
      const id = providerOf(contract) ?? '';
      if (id !== manifest.id && fits(active.get(id)?.provides?.[contract], range)) to.push(id);
    }
    for (const [contract, range] of Object.entries(manifest.collects ?? {})) {
      for (const other of packages) {
        const version = other.manifest.contributes?.[contract];
        if (version === undefined) continue;
        if (!fits(version, range)) return `${manifest.id} collects ${contract}`;
        if (other.manifest.id !== manifest.id) to.push(other.manifest.id);
      }
    }
  }
  const started = new Set<string>();
  for (let grew = true; grew;) {
    grew = false;
    for (const [id, to] of edges) {
      if (started.has(id) || !to.every((other) => started.has(other))) continue;
      started.add(id);
      grew = true;
    }
  }
  return started.size < edges.size ? 'cycle' : undefined;
}

/** Whether any choice of versions keeps every rule. */
function bruteForce(input: ResolveInput, chosen: readonly PluginPackage[] = []): boolean {
  const entry = input.requested[chosen.length];
  if (entry === undefined) return broken(input, chosen) === undefined;
  return entry.candidates.some((candidate) => bruteForce(input, [...chosen, candidate]));
}

function outcome(input: ResolveInput): Resolution | string {
  try {
    return resolve(input);
  } catch (error) {
    assert.ok(isAgentFactoryError(error, 'AF_RESOLVE_FAILED'));
    return `${error.message}\n${error.fix}`;
  }
}
