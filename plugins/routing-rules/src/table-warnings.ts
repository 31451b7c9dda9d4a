import type { Json } from '@agent-factory/sdk';
import type { ConditionWarning } from '@agent-factory/sdk/contracts';
import type { RuleShape } from './compile-table.ts';
import type { HitPolicy } from './rule-table.ts';

/** More combinations than this are not looked at, and nothing is said then. */
const mostCombinations = 20_000;
/** Stands for any text that no cell names. */
const otherText = 'any other';

/** Values of each column, one for each way the cells can tell them apart. */
type Samples = readonly (readonly [column: string, values: readonly Json[]])[];

/**
 * Rules that can never count, rules that hold together though only one may, and values for which none holds: found by
 * trying one value of each kind that the cells tell apart. What expressions beyond comparisons say is not known here;
 * such rules neither hide others nor fill gaps.
 */
export function tableWarnings(
  rules: readonly RuleShape[],
  hit: HitPolicy,
  priorities: readonly number[],
  hasOtherwise: boolean,
): readonly ConditionWarning[] {
  const samples = samplesOf(rules);
  const count = samples.reduce((product, [, values]) => product * values.length, 1);
  if (count > mostCombinations) return [];
  const order = rules.map((_, index) => index);
  if (hit === 'priority') order.sort((a, b) => (priorities[b] ?? 0) - (priorities[a] ?? 0) || a - b);
  const counts = new Set<number>();
  const together = new Set<string>();
  let gap: string | undefined;
  for (let at = 0; at < count; at++) {
    const values = combination(samples, at);
    const maybe = order.filter((index) => mayHold(rules[index], values));
    const surely = maybe.filter((index) => isKnown(rules[index]));
    for (const index of maybe) {
      counts.add(index);
      if (hit !== 'collect' && surely[0] === index) break;
    }
    const [one, two] = surely;
    if (hit === 'unique' && one !== undefined && two !== undefined) together.add(`${one} ${two}`);
    if (maybe.length === 0 && gap === undefined) gap = describe(values);
  }
  const hidden = order.filter((index) => !counts.has(index));
  return [
    ...hidden.map((index) =>
      warning(`/rules/${index}`, 'It never counts: rules before it hold whenever it does.'),
    ),
    ...[...together].map((pair) => {
      const [one = 0, two = 0] = pair.split(' ').map(Number);
      return warning(`/rules/${two}`, `It can hold together with rule ${one + 1}.`);
    }),
    ...(gap !== undefined && !hasOtherwise ? [warning('/rules', `No rule holds for ${gap}.`)] : []),
  ];
}

function warning(path: string, message: string): ConditionWarning {
  return { path, message };
}

function isKnown(rule: RuleShape | undefined): boolean {
  return (
    rule !== undefined && !rule.more && [...rule.cells.values()].every(({ holds }) => holds !== undefined)
  );
}

function mayHold(rule: RuleShape | undefined, values: ReadonlyMap<string, Json>): boolean {
  return [...(rule?.cells ?? [])].every(([column, { holds }]) => holds?.(values.get(column) ?? null) ?? true);
}

function samplesOf(rules: readonly RuleShape[]): Samples {
  const edges = new Map<string, Set<Json>>();
  for (const { cells } of rules) {
    for (const [column, cell] of cells) {
      const known = edges.get(column) ?? new Set();
      edges.set(column, known);
      for (const edge of cell.edges) known.add(edge);
    }
  }
  return [...edges].map(([column, known]) => [column, around([...known])]);
}

/** The values themselves, numbers between and beyond them, and one that is none of them. */
function around(values: readonly Json[]): readonly Json[] {
  const numbers = values.filter((each) => typeof each === 'number').sort((a, b) => a - b);
  const between = numbers.flatMap((each, at) => {
    const next = numbers[at + 1];
    return next === undefined ? [] : [(each + next) / 2];
  });
  const [least, most] = [numbers[0], numbers.at(-1)];
  const beyond = least === undefined || most === undefined ? [] : [least - 1, most + 1];
  const truths = values.some((each) => typeof each === 'boolean') ? [true, false] : [];
  const texts = values.some((each) => typeof each === 'string') ? [otherText] : [];
  const all = [...values, ...between, ...beyond, ...truths, ...texts];
  return all.length === 0 ? [otherText] : [...new Set(all)];
}

function combination(samples: Samples, number: number): ReadonlyMap<string, Json> {
  const values = new Map<string, Json>();
  let rest = number;
  for (const [column, options] of samples) {
    values.set(column, options[rest % options.length] ?? null);
    rest = Math.floor(rest / options.length);
  }
  return values;
}

function describe(values: ReadonlyMap<string, Json>): string {
  const parts = [...values].map(([column, value]) =>
    value === otherText ? `any other ${column}` : `${column} ${JSON.stringify(value)}`,
  );
  return parts.join(' and ') || 'anything';
}
