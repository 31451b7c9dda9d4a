import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import semver from 'semver';
import type { PluginPackage } from '../src/plugin-package.ts';
import { type Resolution, type ResolveInput, resolve } from '../src/resolve.ts';
import { onPaper, requestOf, seeded } from './packages-on-paper.ts';

const names = ({ packages }: Resolution): string[] =>
  packages.map(({ manifest: { id, version } }) => `${id}@${version}`);

const fails = (input: ResolveInput, ...texts: RegExp[]): void => {
  assert.throws(
    () => resolve(input),
    (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_RESOLVE_FAILED'));
      for (const text of texts) assert.match(error.message, text);
      assert.notEqual(error.fix, '');
      return true;
    },
  );
};

describe('resolve', () => {
  it('puts providers before users and breaks ties by id', () => {
    const resolution = resolve(
      requestOf([
        onPaper('zebra', { provides: { clock: '1.0.0' } }),
        onPaper('api', { requires: { clock: '^1.0.0' }, collects: { route: '^1.0.0' } }),
        onPaper('mail', { contributes: { route: '1.1.0' }, plugins: { beta: '*' } }),
        onPaper('beta', { contributes: { route: '1.0.0' } }),
        onPaper('alone'),
      ]),
    );
    assert.deepEqual(names(resolution), [
      'alone@1.0.0',
      'beta@1.0.0',
      'zebra@1.0.0',
      'mail@1.0.0',
      'api@1.0.0',
    ]);
    assert.deepEqual(resolution.providers, { clock: 'zebra' });
    assert.deepEqual(resolution.contributors, { route: ['beta', 'mail'] });
    assert.deepEqual(
      [...resolution.dependencies],
      [
        ['alone', []],
        ['beta', []],
        ['zebra', []],
        ['mail', ['beta']],
        ['api', ['beta', 'mail', 'zebra']],
      ],
    );
  });

  it('resolves nothing to nothing', () => {
    assert.deepEqual(resolve(requestOf([])).packages, []);
  });

  it('takes the highest version that works', () => {
    const resolution = resolve(
      requestOf([
        onPaper('app', { plugins: { lib: '^1.0.0' } }),
        onPaper('lib@1.0.0'),
        onPaper('lib@2.0.0'),
        onPaper('lib@1.10.0'),
        onPaper('lib@1.9.0'),
      ]),
    );
    assert.deepEqual(names(resolution), ['lib@1.10.0', 'app@1.0.0']);
  });

  it('prefers the locked version, unless it no longer works', () => {
    const versions = [onPaper('lib@1.0.0'), onPaper('lib@1.1.0'), onPaper('lib@2.0.0', { kernel: '^9.0.0' })];
    assert.deepEqual(names(resolve(requestOf(versions, { locked: { lib: '1.0.0' } }))), ['lib@1.0.0']);
    assert.deepEqual(names(resolve(requestOf(versions, { locked: { lib: '2.0.0' } }))), ['lib@1.1.0']);
    assert.deepEqual(names(resolve(requestOf(versions, { locked: { lib: '7.0.0' } }))), ['lib@1.1.0']);
  });

  it('lets a locked plugin keep its version before another takes its highest', () => {
    const packages = [
      onPaper('app@1.0.0', { plugins: { lib: '1.0.0' } }),
      onPaper('app@2.0.0', { plugins: { lib: '2.0.0' } }),
      onPaper('lib@1.0.0'),
      onPaper('lib@2.0.0'),
    ];
    assert.deepEqual(names(resolve(requestOf(packages))), ['lib@2.0.0', 'app@2.0.0']);
    assert.deepEqual(names(resolve(requestOf(packages, { locked: { lib: '1.0.0' } }))), [
      'lib@1.0.0',
      'app@1.0.0',
    ]);
  });

  it('takes a prerelease only where nothing else is there or a range names it', () => {
    const versions = [onPaper('lib@1.0.0'), onPaper('lib@1.1.0-beta.1')];
    assert.deepEqual(names(resolve(requestOf(versions))), ['lib@1.0.0']);
    assert.deepEqual(names(resolve(requestOf([onPaper('lib@1.1.0-beta.1')]))), ['lib@1.1.0-beta.1']);
    const naming = onPaper('app', { plugins: { lib: '1.1.0-beta.1' } });
    assert.deepEqual(names(resolve(requestOf([naming, ...versions]))), ['lib@1.1.0-beta.1', 'app@1.0.0']);
    fails(
      requestOf([onPaper('app', { plugins: { lib: '>=1.0.0' } }), onPaper('lib@1.1.0-beta.1')]),
      /1\.1\.0-beta\.1/,
    );
  });

  it('keeps to the range in the configuration', () => {
    const candidates = [onPaper('lib@1.0.0'), onPaper('lib@2.0.0')];
    const input = {
      requested: [{ use: 'lib', range: '^1.0.0', candidates }],
      providers: {},
      kernelVersion: '1.0.0',
    };
    assert.deepEqual(names(resolve(input)), ['lib@1.0.0']);
    fails({ ...input, requested: [{ use: 'lib', range: '^3.0.0', candidates }] }, /asks for lib \^3\.0\.0/);
  });

  it('backtracks over several plugins with several versions', () => {
    const resolution = resolve(
      requestOf([
        onPaper('a@3.0.0', { plugins: { b: '^3.0.0' } }),
        onPaper('a@2.0.0', { plugins: { b: '^2.0.0' } }),
        onPaper('a@1.0.0'),
        onPaper('b@3.0.0', { requires: { x: '^9.0.0' } }),
        onPaper('b@2.0.0', { conflicts: { c: '<2.0.0' } }),
        onPaper('b@1.0.0'),
        onPaper('c@2.0.0', { provides: { x: '2.0.0' }, conflicts: { a: '>=3.0.0' } }),
        onPaper('c@1.0.0', { provides: { x: '1.0.0' } }),
      ]),
    );
    assert.deepEqual(names(resolution), ['b@2.0.0', 'c@2.0.0', 'a@2.0.0']);
  });

  it('takes another version to get out of a cycle', () => {
    const resolution = resolve(
      requestOf([
        onPaper('a@1.0.0', { provides: { x: '1.0.0' }, requires: { y: '*' } }),
        onPaper('b@2.0.0', { provides: { y: '2.0.0' }, requires: { x: '*' } }),
        onPaper('b@1.0.0', { provides: { y: '1.0.0' } }),
      ]),
    );
    assert.deepEqual(names(resolution), ['b@1.0.0', 'a@1.0.0']);
  });

  it('uses the chosen provider and leaves the others active', () => {
    const packages = [
      onPaper('clock-a', { provides: { clock: '1.0.0' } }),
      onPaper('clock-b', { provides: { clock: '1.0.0' } }),
      onPaper('user', { requires: { clock: '^1.0.0' } }),
    ];
    const resolution = resolve(requestOf(packages, { providers: { clock: 'clock-b' } }));
    assert.equal(resolution.packages.length, 3);
    assert.deepEqual(resolution.providers, { clock: 'clock-b' });
    assert.deepEqual(resolution.dependencies.get('user'), ['clock-b']);
    fails(requestOf(packages), /does not say which/);
  });

  it('lets the provider of a contract wrap another provider of it', () => {
    const packages = [
      onPaper('inner', { provides: { clock: '1.0.0' } }),
      onPaper('outer', { provides: { clock: '1.0.0' }, requires: { clock: '^1.0.0' } }),
    ];
    assert.deepEqual(
      resolve(requestOf(packages, { providers: { clock: 'inner' } })).dependencies.get('outer'),
      ['inner'],
    );
    fails(requestOf(packages, { providers: { clock: 'outer' } }), /wait for itself/);
  });

  it('uses an optional contract when it fits and does without it otherwise', () => {
    const user = onPaper('user', { optional: { clock: '^1.0.0' } });
    const depends = (...others: PluginPackage[]): readonly string[] | undefined =>
      resolve(requestOf([user, ...others])).dependencies.get('user');
    assert.deepEqual(depends(), []);
    assert.deepEqual(depends(onPaper('clock-a', { provides: { clock: '1.5.0' } })), ['clock-a']);
    assert.deepEqual(depends(onPaper('clock-a', { provides: { clock: '2.0.0' } })), []);
  });

  it('lets a plugin collect what it contributes itself', () => {
    const both = onPaper('both', { contributes: { tool: '1.0.0' }, collects: { tool: '^1.0.0' } });
    const resolution = resolve(requestOf([both]));
    assert.deepEqual(resolution.contributors, { tool: ['both'] });
    assert.deepEqual(resolution.dependencies.get('both'), []);
  });

  it('does not take names from Object.prototype for contracts', () => {
    fails(
      requestOf([onPaper('a', { requires: { constructor: '*' } })]),
      /No active plugin provides constructor/,
    );
    const odd = onPaper('toString', { provides: { valueOf: '1.0.0' }, plugins: {} });
    const resolution = resolve(
      requestOf([odd, onPaper('b', { requires: { valueOf: '^1.0.0' } })], { locked: {} }),
    );
    assert.deepEqual(resolution.providers, { valueOf: 'toString' });
  });

  it('says when an entry has no candidates at all', () => {
    fails(
      { requested: [{ use: './gone', candidates: [] }], providers: {}, kernelVersion: '1.0.0' },
      /"\.\/gone"/,
    );
  });

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
    fails(requestOf(packages), /1\. p/);
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

describe('resolve, on random graphs', () => {
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

function outcome(input: ResolveInput): Resolution | string {
  try {
    return resolve(input);
  } catch (error) {
    assert.ok(isAgentFactoryError(error, 'AF_RESOLVE_FAILED'));
    return `${error.message}\n${error.fix}`;
  }
}

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
