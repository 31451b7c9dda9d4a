import { type Places, type Slot, ascending, common, own, where } from './plugin-slots.ts';
import type { ResolveInput } from './resolve.ts';
import type { Exclusion } from './search-versions.ts';
import { misfit, satisfies } from './semver-cache.ts';
import { closest } from './suggest.ts';

/** One rule that a choice of versions breaks. */
export interface Fault {
  /** Tells faults apart; the same for the same fault after a change elsewhere. */
  readonly key: string;
  /** Ids of the plugins that have a part in it. */
  readonly plugins: readonly string[];
  /** The contract concerned. */
  readonly contract?: string;
  /** The kernel range asked for. */
  readonly kernel?: string;
  /** The dependency to leave out of account once the fault is told; cycles only. */
  readonly edge?: string;
  /** What to do where no change that can be tried helps; a sentence without its full stop. */
  readonly hint: string;
  /** The facts that contradict each other, one sentence each. */
  readonly tell: () => readonly string[];
}

/** What may not be active together. */
export type Rule = Exclusion<Fault>;

type Literal = readonly [slot: Slot, places: Places];
type Offer = 'provides' | 'contributes';
type Field = Offer | 'requires' | 'collects' | 'plugins' | 'conflicts';

/** Every rule the slots must keep, in a fixed order; cycles excepted, which show only in a whole choice. */
export function rulesOf(
  input: ResolveInput,
  slots: readonly Slot[],
  repeated: readonly Slot[],
): readonly Rule[] {
  const rules: Rule[] = [];
  const byId = new Map(slots.map((slot) => [slot.id, slot]));
  const providers = offers(slots, 'provides');
  const contributors = offers(slots, 'contributes');
  const open = new Set<string>(); // contracts whose provider is still to be chosen
  const add = (fact: Fault, ...literals: readonly Literal[]): void => {
    if (literals.some(([, places]) => places.size === 0)) return;
    const when = new Map<number, Places>();
    for (const [{ at }, places] of literals) when.set(at, common(when.get(at), places));
    rules.push({ fact, when });
  };

  const absent = input.requested.filter(({ candidates }) => candidates.length === 0).map(({ use }) => use);
  for (const use of absent.toSorted(ascending)) {
    const tell = (): string[] => [`No version of "${use}" was found.`];
    add({ key: `absent ${use}`, plugins: [], hint: `Install "${use}"`, tell });
  }
  for (const slot of repeated) {
    const hint = `Take one of the entries with id ${slot.id} out of the configuration`;
    const entries = [byId.get(slot.id) ?? slot, slot];
    const tell = (): string[] => [
      ...entries.map((entry) => `"${entry.use}" is plugin ${named(entry, new Set([0]))}.`),
      'A plugin id can be active only once.',
    ];
    add({ key: `repeated ${slot.id} ${slot.use}`, plugins: [slot.id], hint, tell });
  }

  for (const [contract, id] of Object.entries(input.providers).toSorted(([a], [b]) => ascending(a, b))) {
    const slot = byId.get(id);
    const able = providers.get(contract)?.map((other) => other.id) ?? [];
    const lacking = slot && where(slot, offersNot('provides', contract));
    const second = (): string =>
      slot && lacking
        ? `${named(slot, lacking)} does not provide it.${meant(id, able)}`
        : `No active plugin has the id ${id}.${meant(id, able) || meant(id, byId.keys())}`;
    const fact: Fault = {
      key: `choice ${contract}`,
      plugins: [],
      contract,
      hint: `Take "${contract}" out of "providers" in the configuration`,
      tell: () => [`The configuration chooses ${id} as the provider of contract ${contract}.`, second()],
    };
    add(fact, ...(slot && lacking ? [[slot, lacking] as const] : []));
  }
  for (const [contract, able] of providers) {
    if (able.length < 2 || own(input.providers, contract) !== undefined) continue;
    const several = (...group: readonly Slot[]): void => {
      const literals = group.map((slot): Literal => [
        slot,
        where(slot, (pkg) => !offersNot('provides', contract)(pkg)),
      ]);
      const fact: Fault = {
        key: `several ${contract} ${group.map(({ id }) => id).join()}`,
        plugins: group.map(({ id }) => id),
        contract,
        hint: `Choose the provider of ${contract} under "providers" in the configuration`,
        tell: () => [
          ...literals.map(([slot, places]) => `${named(slot, places)} provides contract ${contract}.`),
          'The configuration does not say which of them to use.',
        ],
      };
      add(fact, ...literals);
    };
    const always = able.filter((slot) => where(slot, offersNot('provides', contract)).size === 0);
    if (always.length > 1) {
      open.add(contract);
      several(...always);
    } else able.forEach((left, n) => able.slice(n + 1).forEach((right) => several(left, right)));
  }

  /** What `slot` asks of an offer, and `other` offers in a version that does not fit. */
  const agree = (
    slot: Slot,
    ask: string,
    contract: string,
    range: string,
    askers: Places,
    other: Slot,
    offer: Offer,
  ): void => {
    const unfit = where(other, ({ manifest }) => {
      const version = own(manifest[offer], contract);
      return version !== undefined && !satisfies(version, range);
    });
    if (unfit.size === 0) return;
    const offered = (): ReturnType<typeof groups> =>
      groups(other, ({ manifest }) => [own(manifest[offer], contract)], unfit);
    const fact: Fault = {
      key: `unfit ${slot.id} ${contract} ${range} ${other.id}`,
      plugins: [slot.id, other.id],
      contract,
      hint: `Use versions of ${slot.id} and ${other.id} that agree on ${contract}`,
      tell: () => [
        `${named(slot, askers)} ${ask} ${contract} ${range}.`,
        ...offered().map(
          ([version, places]) =>
            `${named(other, places)} ${offer} ${contract} ${version}, which is ${misfit(version, range)}.`,
        ),
      ],
    };
    add(fact, [slot, askers], [other, unfit]);
  };

  for (const slot of slots) {
    const { id, range: wanted } = slot;
    if (wanted !== undefined) {
      const outside = where(slot, ({ manifest }) => !satisfies(manifest.version, wanted));
      const tell = (): string[] => [
        `The configuration asks for ${id} ${wanted}.`,
        misses(slot, outside, wanted),
      ];
      add({ key: `range ${id}`, plugins: [id], hint: `Install ${id} ${wanted}`, tell }, [slot, outside]);
    }
    const unready = where(slot, ({ manifest }) => !satisfies(input.kernelVersion, manifest.kernel));
    for (const [kernel, askers] of groups(slot, ({ manifest }) => [manifest.kernel], unready)) {
      const hint = `Use a version of ${id} that runs on kernel ${input.kernelVersion}`;
      const tell = (): string[] => [
        `${named(slot, askers)} runs on kernel ${kernel}.`,
        `This platform's kernel is ${input.kernelVersion}, which is ${misfit(input.kernelVersion, kernel)}.`,
      ];
      add({ key: `kernel ${id} ${kernel}`, plugins: [id], kernel, hint, tell }, [slot, askers]);
    }
    for (const [name, range, askers] of demands(slot, 'plugins')) {
      const other = byId.get(name);
      const wrong = other && where(other, ({ manifest }) => !satisfies(manifest.version, range));
      if (wrong?.size === 0) continue;
      const second = (): string =>
        other && wrong ? misses(other, wrong, range) : `${name} is not active.${meant(name, byId.keys())}`;
      const hint = `Add the plugin ${name} ${range} to the configuration`;
      const tell = (): string[] => [`${named(slot, askers)} needs plugin ${name} ${range}.`, second()];
      const fact: Fault = { key: `plugin ${id} ${name} ${range}`, plugins: [id, name], hint, tell };
      add(fact, [slot, askers], ...(other && wrong ? [[other, wrong] as const] : []));
    }
    for (const [name, range, askers] of demands(slot, 'conflicts')) {
      const other = byId.get(name);
      if (other === undefined || other === slot) continue;
      const hit = where(other, ({ manifest }) => satisfies(manifest.version, range));
      const tell = (): string[] => [
        `${named(slot, askers)} cannot run beside ${name} ${range}.`,
        `${named(other, hit)} is in that range.`,
      ];
      const fact: Fault = {
        key: `conflict ${id} ${name} ${range}`,
        plugins: [id, name],
        hint: `Use versions of ${id} and ${name} that can run side by side`,
        tell,
      };
      add(fact, [slot, askers], [other, hit]);
    }
    for (const [contract, range, askers] of demands(slot, 'requires')) {
      const choice = own(input.providers, contract);
      const chosen = byId.get(choice ?? '');
      const able = providers.get(contract) ?? [];
      if (open.has(contract) || (choice !== undefined && chosen === undefined && able.length > 0)) continue; // told above
      for (const other of chosen ? [chosen] : able)
        agree(slot, 'requires contract', contract, range, askers, other, 'provides');
      if (chosen) continue;
      const without = able.map((other): Literal => [other, where(other, offersNot('provides', contract))]);
      const fact: Fault = {
        key: `required ${id} ${contract} ${range}`,
        plugins: [id],
        contract,
        hint: `Add a plugin that provides contract ${contract} ${range} to the configuration`,
        tell: () => [
          `${named(slot, askers)} requires contract ${contract} ${range}.`,
          ...without.map(([other, places]) => `${named(other, places)} does not provide it.`),
          `No ${able.length > 0 ? 'other ' : ''}active plugin provides ${contract}.${meant(contract, providers.keys())}`,
        ],
      };
      add(fact, [slot, askers], ...without);
    }
    for (const [contract, range, askers] of demands(slot, 'collects')) {
      for (const other of contributors.get(contract) ?? []) {
        agree(slot, 'collects', contract, range, askers, other, 'contributes');
      }
    }
  }
  return rules;
}

type Test = (pkg: Slot['versions'][number]) => boolean;

function offersNot(offer: Offer, contract: string): Test {
  return ({ manifest }) => own(manifest[offer], contract) === undefined;
}

/** Contract id to the slots of which some version offers it. */
function offers(slots: readonly Slot[], field: Offer): ReadonlyMap<string, readonly Slot[]> {
  const found = new Map<string, Slot[]>();
  for (const slot of slots) {
    for (const [contract] of demands(slot, field)) {
      const known = found.get(contract);
      if (known === undefined) found.set(contract, [slot]);
      else if (known.at(-1) !== slot) known.push(slot);
    }
  }
  return found;
}

const none: ReturnType<typeof demands> = [];

/** Each thing some version lists in `field`, once for each version or range, with the versions that do. */
function demands(
  slot: Slot,
  field: Field,
): readonly (readonly [key: string, range: string, askers: Places])[] {
  const { length, 0: first } = slot.versions;
  if (length === 1 && first?.manifest[field] === undefined) return none; // by far the most
  const asked = groups(slot, ({ manifest }) =>
    Object.entries(manifest[field] ?? {}).map((pair) => pair.join('\n')),
  );
  return asked.map(([label, askers]) => {
    const [key = '', range = ''] = label.split('\n');
    return [key, range, askers] as const;
  });
}

/** The slot's versions (or those at `among`) grouped by what `labels` says of each. */
function groups(
  slot: Slot,
  labels: (pkg: Slot['versions'][number]) => readonly (string | undefined)[],
  among?: Places,
): readonly (readonly [string, Places])[] {
  if (among?.size === 0) return [];
  const found = new Map<string, Set<number>>();
  slot.versions.forEach((pkg, place) => {
    if (among?.has(place) === false) return;
    for (const label of labels(pkg)) {
      if (label !== undefined) found.set(label, (found.get(label) ?? new Set()).add(place));
    }
  });
  return [...found];
}

/** `weather 1.0.0`, or `weather (1.1.0, 1.0.0)`. */
function named(slot: Slot, places: Places): string {
  const list = [...places].map((place) => slot.versions[place]?.manifest.version ?? '');
  if (list.length < 2) return `${slot.id} ${list.join()}`;
  return `${slot.id} (${list.slice(0, 4).join(', ')}${list.length > 4 ? ` and ${list.length - 4} more` : ''})`;
}

function misses(slot: Slot, places: Places, range: string): string {
  const how = new Set(
    [...places].map((place) => misfit(slot.versions[place]?.manifest.version ?? '', range)),
  );
  const [first = '', second] = how;
  return `${named(slot, places)} is ${second === undefined ? first : 'not in that range'}.`;
}

function meant(word: string, candidates: Iterable<string>): string {
  const guess = closest(word, [...candidates].toSorted(ascending));
  return guess === undefined ? '' : ` Did you mean ${guess}?`;
}
