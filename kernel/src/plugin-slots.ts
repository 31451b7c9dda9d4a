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
  const idOf = ({ candidates }: Entry): string => candidates[0]?.manifest.id ?? '';
  const entries = input.requested.filter(({ candidates }) => candidates.length > 0);
  const ordered = entries.toSorted((a, b) => ascending(idOf(a), idOf(b)) || ascending(a.use, b.use));
  const slots: Slot[] = [];
  const repeated: Slot[] = [];
  for (const entry of ordered) {
    const id = idOf(entry);
    const versions = preferred(entry.candidates, own(input.locked, id));
    const slot = { at: slots.length, id, use: entry.use, range: entry.range, versions };
    (slots.at(-1)?.id === id ? repeated : slots).push(slot);
  }
  return { slots, repeated };
}

type Entry = ResolveInput['requested'][number];

/** The locked version first, then the highest. */
function preferred(
  candidates: readonly PluginPackage[],
  locked: string | undefined,
): readonly PluginPackage[] {
  if (candidates.length === 1) return candidates;
  return candidates.toSorted(
    ({ manifest: { version: left }, ...a }, { manifest: { version: right }, ...b }) =>
      Number(right === locked) - Number(left === locked) ||
      compareVersions(left, right) ||
      ascending(a.integrity ?? a.folder, b.integrity ?? b.folder),
  );
}
