import type { PluginPackage } from './plugin-package.ts';
import type { ResolveInput } from './resolve.ts';
import { compareVersions } from './semver-cache.ts';

/** One plugin id that must be active, and the versions it could be active in. */
export interface Slot {
  /** Its place among all slots. */
  readonly at: number;
  readonly id: string;
  /** How the configuration names it. */
  readonly use: string;
  /** The range the configuration asks for. */
  readonly range: string | undefined;
  /** The locked version first, then the highest; never empty. */
  readonly versions: readonly PluginPackage[];
}

/** Places in the `versions` of a slot. */
export type Places = ReadonlySet<number>;

/** The value at `key`, never one inherited from Object.prototype. */
export function own<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  key: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Ascending by code unit: the same on every machine. */
export function ascending(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

const nowhere: Places = new Set();

/** Where `slot` has versions for which `test` holds. */
export function where(slot: Slot, test: (pkg: PluginPackage) => boolean): Places {
  if (!slot.versions.some(test)) return nowhere;
  return new Set(slot.versions.flatMap((pkg, place) => (test(pkg) ? [place] : [])));
}

/** The places that are in both, where both are given. */
export function common(left: Places | undefined, right: Places): Places {
  return left === undefined ? right : new Set([...left].filter((place) => right.has(place)));
}

/** The slots of all entries in order of id, and the entries that repeat an id already taken. */
export function slotsOf(input: ResolveInput): { slots: readonly Slot[]; repeated: readonly Slot[] } {
  const all = input.requested.flatMap(({ use, range, candidates }): Slot[] => {
    const id = candidates[0]?.manifest.id;
    return id === undefined ? [] : [{ at: 0, id, use, range, versions: preferred(candidates, own(input.locked, id)) }];
  });
  all.sort((left, right) => ascending(left.id, right.id) || ascending(left.use, right.use));
  const isFirst = (slot: Slot, at: number): boolean => all[at - 1]?.id !== slot.id;
  return {
    slots: all.filter(isFirst).map((slot, at) => ({ ...slot, at })),
    repeated: all.filter((slot, at) => !isFirst(slot, at)),
  };
}

/** The locked version first, then the highest. */
function preferred(candidates: readonly PluginPackage[], locked: string | undefined): readonly PluginPackage[] {
  if (candidates.length === 1) return candidates;
  return candidates.toSorted(
    ({ manifest: { version: left }, ...a }, { manifest: { version: right }, ...b }) =>
      Number(right === locked) - Number(left === locked) ||
      compareVersions(left, right) ||
      ascending(a.integrity ?? a.folder, b.integrity ?? b.folder),
  );
}
