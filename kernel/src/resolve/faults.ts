import { closest } from '@agent-factory/sdk';
import type { PluginPackage } from '../plugin-package.ts';
import { dependencyOrder, type Need } from './dependency-order.ts';
import { type Demand, demandsOf, type PluginSet } from './plugin-set.ts';
import { misfit, satisfies } from './version-range.ts';

/** One reason why plugins do not fit together. */
export interface Fault {
  /** Ids of the plugins that have a part in it: unless one of them has another version, it stays. */
  readonly plugins: readonly string[];
  /** The contract concerned. */
  readonly contract?: string;
  /** What to do where nothing that can be tried helps; a sentence without its full stop. */
  readonly hint: string;
  /** The facts that contradict each other, one sentence each. */
  readonly tell: () => readonly string[];
}

/** Every fault that no version of a plugin still to be decided can mend, in a fixed order. */
export function* faultsOf(set: PluginSet): Iterable<Fault> {
  for (const rule of rules) yield* rule(set);
}

const rules: readonly ((set: PluginSet) => Iterable<Fault>)[] = [
  function* repeatedPlugins({ slots }) {
    for (const { id, uses } of slots.values()) {
      if (uses.length < 2) continue;
      const named = uses.map((use) => `"${use}" is the plugin ${id}.`);
      const tell = (): string[] => [...named, 'A plugin can be active only once.'];
      yield { plugins: [id], hint: 'Keep one of these entries', tell };
    }
  },

  function* wrongChoices({ input, slots, packages, providers }) {
    for (const contract of Object.keys(input.providers).toSorted()) {
      const id = input.providers[contract] ?? '';
      const able = providers.get(contract) ?? new Map<string, string>();
      const pkg = packages.get(id);
      if (able.has(id) || (slots.has(id) && !pkg)) continue;
      const hint = `Take "${contract}" out of "providers" in the configuration`;
      const tell = (): string[] => [
        `The configuration chooses ${id} as the provider of contract ${contract}.`,
        (pkg ? `${named(pkg)} does not provide it.` : `No active plugin has the id ${id}.`) +
          meant(id, pkg || able.size > 0 ? able.keys() : packages.keys()),
      ];
      yield { plugins: pkg ? [id] : [], contract, hint, tell };
    }
  },

  function* severalProviders({ input, packages, providers }) {
    for (const [contract, able] of providers) {
      if (able.size < 2 || Object.hasOwn(input.providers, contract)) continue;
      const hint = `Choose the provider of ${contract} under "providers" in the configuration`;
      const plugins = [...able.keys()];
      const tell = (): string[] => [
        ...plugins.map((id) => `${named(packages.get(id))} provides contract ${contract}.`),
        'The configuration does not say which of them to use.',
      ];
      yield { plugins, contract, hint, tell };
    }
  },

  function* wrongVersions({ slots, packages }) {
    for (const [id, pkg] of packages) {
      const range = slots.get(id)?.range;
      if (range === undefined || satisfies(pkg.manifest.version, range)) continue;
      const tell = (): string[] => [`The configuration asks for ${id} ${range}.`, misses(pkg, range)];
      yield { plugins: [id], hint: `Install ${id} ${range}`, tell };
    }
  },

  function* wrongKernels({ input: { kernelVersion }, packages }) {
    for (const [id, pkg] of packages) {
      const { kernel } = pkg.manifest;
      if (satisfies(kernelVersion, kernel)) continue;
      const tell = (): string[] => [
        `${named(pkg)} runs on kernel ${kernel}.`,
        `This platform's kernel is ${kernelVersion}, which is ${misfit(kernelVersion, kernel)}.`,
      ];
      yield { plugins: [id], hint: `Use a version of ${id} that runs on kernel ${kernelVersion}`, tell };
    }
  },

  function* missingPlugins(set) {
    for (const demand of demandsOf(set, set.packages.values(), 'plugins')) {
      const { pkg, key, range } = demand;
      if (set.slots.has(key)) continue;
      const near = (): string => meant(key, set.packages.keys());
      const tell = (): string[] => [asked(demand), `No active plugin has the id ${key}.${near()}`];
      yield { plugins: [pkg.manifest.id], hint: `Add the plugin ${key} ${range} to the configuration`, tell };
    }
  },

  function* missingProviders(set) {
    for (const demand of demandsOf(set, set.packages.values(), 'requires')) {
      const { pkg, key: contract, range } = demand;
      const could = [...(set.possible.get(contract)?.keys() ?? [])];
      if (set.providers.has(contract) || could.some((id) => !set.packages.has(id))) continue;
      const plugins = [pkg.manifest.id, ...could];
      // The one contract whose absence a person meets who has asked for nothing but a plugin.
      const isolator = contract === 'isolation' ? ', such as "@agent-factory/plugin-isolation-process",' : '';
      const hint = `Add a plugin that provides contract ${contract} ${range}${isolator} to the configuration`;
      const near = (): string => meant(contract, set.providers.keys());
      const tell = (): string[] => [asked(demand), `No active plugin provides ${contract}.${near()}`];
      yield { plugins, contract, hint, tell };
    }
  },

  function* disagreements(set) {
    for (const demand of demandsOf(set, set.packages.values(), 'requires', 'collects', 'plugins')) {
      const { pkg, field, key, range, answers } = demand;
      for (const [id, version] of answers) {
        if (satisfies(version, range)) continue;
        const plugins = [pkg.manifest.id, id];
        const hint = `Use versions of ${plugins.join(' and ')} that agree on ${key}`;
        const offer = field === 'plugins' ? '' : ` ${words[field].offers} ${key} ${version}, which`;
        const second = `${named(set.packages.get(id))}${offer} is`;
        const tell = (): string[] => [asked(demand), `${second} ${misfit(version, range)}.`];
        yield { plugins, contract: key, hint, tell };
      }
    }
  },

  function* conflicts(set) {
    for (const demand of demandsOf(set, set.packages.values(), 'conflicts')) {
      const { pkg, key, range, answers } = demand;
      const [[, version] = []] = answers;
      if (version === undefined || key === pkg.manifest.id || !satisfies(version, range)) continue;
      const plugins = [pkg.manifest.id, key];
      const hint = `Use versions of ${plugins.join(' and ')} that can run side by side`;
      yield { plugins, hint, tell: () => [asked(demand), `${key} ${version} is in that range.`] };
    }
  },

  function* cycles(set) {
    for (const needs of dependencyOrder(set).cycles) {
      const plugins = needs.map(({ from }) => from);
      const end =
        needs.length > 1 ? 'Each waits for the next, so none can start.' : 'It would wait for itself.';
      const hint = `Change one of ${plugins.join(', ')} so that it no longer needs the next`;
      yield { plugins, hint, tell: () => [...needs.map(reasonOf), end] };
    }
  },
];

/** How the fields of a manifest read in a sentence. */
const words = {
  requires: { asks: 'requires contract', offers: 'provides' },
  optional: { asks: 'uses contract', offers: 'provides' },
  collects: { asks: 'collects', offers: 'contributes' },
  plugins: { asks: 'needs plugin', offers: '' },
  conflicts: { asks: 'cannot run beside', offers: '' },
} as const;

function asked({ pkg, field, key, range }: Demand): string {
  return `${named(pkg)} ${words[field].asks} ${key} ${range}.`;
}

function reasonOf({ from, to, demand: { field, key } }: Need): string {
  const offer = field === 'plugins' ? '' : `, which ${to} ${words[field].offers}`;
  return `${from} ${words[field].asks} ${key}${offer}.`;
}

function named(pkg: PluginPackage | undefined): string {
  return pkg ? `${pkg.manifest.id} ${pkg.manifest.version}` : '';
}

function misses(pkg: PluginPackage, range: string): string {
  return `${named(pkg)} is ${misfit(pkg.manifest.version, range)}.`;
}

function meant(word: string, known: Iterable<string>): string {
  const near = closest(word, [...known].toSorted());
  return near === undefined ? '' : ` Did you mean ${near}?`;
}
