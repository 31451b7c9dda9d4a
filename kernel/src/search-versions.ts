import { common } from './plugin-slots.ts';

/** What may not be chosen together: for each variable, the choices concerned. Empty: nothing can help. */
export interface Exclusion<Fact> {
  readonly when: ReadonlyMap<number, ReadonlySet<number>>;
  /** Why; absent on what the search itself concluded. */
  readonly fact?: Fact;
  /** The exclusions it was concluded from. */
  readonly from?: readonly Exclusion<Fact>[];
}

/** The choice for each variable, the exclusions that leave none, or neither because the purse was empty. */
export type SearchResult<Fact> =
  | { readonly chosen: readonly number[] }
  | { readonly failed: readonly Exclusion<Fact>[] }
  | { readonly gaveUp: true };

/**
 * Finds one choice for each variable such that no exclusion holds, by backtracking that learns: each dead end
 * is written down as a new exclusion, and the search jumps back to the last variable that had a part in it.
 * Of all solutions it finds the first in the order given. A search that takes long starts again, with what it
 * has learned, at the variables that made the trouble. The same input always gets the same answer.
 *
 * @param sizes - how many choices each variable has, best first; at least 1
 * @param order - all variables; earlier ones keep their better choice
 * @param purse - exclusions that may be looked at; shared by the searches of one resolution
 */
export function searchVersions<Fact>(
  sizes: readonly number[],
  order: readonly number[],
  exclusions: readonly Exclusion<Fact>[],
  purse: { steps: number },
): SearchResult<Fact> {
  const trouble = sizes.map(() => 0);
  const all = [...exclusions];
  const constrained = new Set(all.flatMap(({ when }) => [...when.keys()]));
  let line = order.filter((variable) => constrained.has(variable)); // the others take their best choice
  for (let round = 50_000; ; round *= 2) {
    const result = searchRound(sizes, line, all, trouble, purse, purse.steps - round);
    if (result !== undefined) return result;
    if (purse.steps <= 0) return { gaveUp: true };
    line = line.toSorted((left, right) => (trouble[right] ?? 0) - (trouble[left] ?? 0));
  }
}

interface Waiting<Fact> {
  readonly exclusion: Exclusion<Fact>;
  readonly others: readonly (readonly [variable: number, choices: ReadonlySet<number>])[];
  /** The level of the last of the others; the lower, the farther a jump goes. */
  readonly depth: number;
}

function searchRound<Fact>(
  sizes: readonly number[],
  line: readonly number[],
  all: Exclusion<Fact>[],
  trouble: number[],
  purse: { steps: number },
  stopAt: number,
): SearchResult<Fact> | undefined {
  const chosen = sizes.map(() => 0);
  const levels = new Map(line.map((variable, level) => [variable, level]));
  // Each exclusion waits at the last of its variables, under each of the choices it concerns.
  const waiting = line.map((variable) =>
    Array.from({ length: sizes[variable] ?? 0 }, (): Waiting<Fact>[] => []),
  );
  const reasons = line.map((): (Exclusion<Fact> | undefined)[] => []);
  const file = (exclusion: Exclusion<Fact>): number => {
    const literals = [...exclusion.when].map(([variable, choices]) => {
      return { variable, choices, level: levels.get(variable) ?? 0 };
    });
    literals.sort((left, right) => left.level - right.level);
    const last = literals.pop();
    if (last === undefined) return -1;
    purse.steps -= last.choices.size + literals.length;
    const others = literals.map(({ variable, choices }) => [variable, choices] as const);
    const entry = { exclusion, others, depth: literals.at(-1)?.level ?? -1 };
    for (const choice of last.choices) {
      const list = waiting[last.level]?.[choice] ?? [];
      const at = list.findIndex(({ depth }) => depth > entry.depth);
      list.splice(at < 0 ? list.length : at, 0, entry);
    }
    return last.level;
  };
  const broken = (level: number, choice: number): Exclusion<Fact> | undefined =>
    waiting[level]?.[choice]?.find(({ others }) => {
      purse.steps--;
      return others.every(([variable, choices]) => choices.has(chosen[variable] ?? 0));
    })?.exclusion;

  for (const exclusion of all) if (file(exclusion) < 0) return { failed: [exclusion] };
  for (let level = 0; level < line.length;) {
    if (purse.steps <= Math.max(0, stopAt)) return undefined;
    const variable = line[level] ?? 0;
    const why = (reasons[level] ??= []);
    const size = sizes[variable] ?? 0;
    let choice = 0;
    while (choice < size && (why[choice] ??= broken(level, choice)) !== undefined) choice++;
    if (choice < size) {
      chosen[variable] = choice;
      reasons[++level] = [];
      continue;
    }
    const learned = conclude(variable, new Set(why.flatMap((reason) => reason ?? [])));
    for (const part of learned.when.keys()) trouble[part] = (trouble[part] ?? 0) + 1;
    all.push(learned);
    level = file(learned);
    if (level < 0) return { failed: groundsOf(learned) };
    (reasons[level] ??= [])[chosen[line[level] ?? 0] ?? 0] = learned;
  }
  return { chosen };
}

/** Each choice of `variable` is excluded by one of `from`: what they say of the others may not be either. */
function conclude<Fact>(variable: number, from: ReadonlySet<Exclusion<Fact>>): Exclusion<Fact> {
  const when = new Map<number, ReadonlySet<number>>();
  for (const reason of from) {
    for (const [other, choices] of reason.when) {
      if (other !== variable) when.set(other, common(when.get(other), choices));
    }
  }
  return { when, from: [...from] };
}

function groundsOf<Fact>(conclusion: Exclusion<Fact>): readonly Exclusion<Fact>[] {
  const seen = new Set<Exclusion<Fact>>([conclusion]);
  for (const exclusion of seen) for (const ground of exclusion.from ?? []) seen.add(ground);
  return [...seen].filter((exclusion) => exclusion.from === undefined);
}
