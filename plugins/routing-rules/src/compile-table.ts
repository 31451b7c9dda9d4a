import { compileCelCondition, type CelCondition } from '@agent-factory/cel';
import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  conditionErrors,
  invalidCondition,
  type CompiledCondition,
  type ConditionDecision,
  type ConditionFacts,
  type ConditionTypes,
} from '@agent-factory/sdk/contracts';
import { readCell, type ReadCell } from './read-cell.ts';
import { evaluator, type HitPolicy, type Rule, type RuleTable } from './rule-table.ts';
import { tableWarnings } from './table-warnings.ts';

/** A rule, ready to be decided. */
interface CompiledRule {
  readonly index: number;
  readonly priority: number;
  readonly test: CelCondition | undefined;
  readonly value: Json;
  readonly gives: CelCondition | undefined;
}

/** Cells of a rule by the expression of their column; what else it needs cannot be told from its cells. */
export interface RuleShape {
  readonly cells: ReadonlyMap<string, ReadCell>;
  readonly more: boolean;
}

/** Compiles a table whose shape was checked. */
export function compileTable(table: RuleTable, types: ConditionTypes): CompiledCondition {
  const result = types.result ?? 'boolean';
  const hit = table.hit ?? 'first';
  checkResults(table, hit, result);
  const shapes: RuleShape[] = [];
  const rules = table.rules.map((rule, index) => {
    const cells = readCells(table, rule, index, types);
    shapes.push({ cells, more: rule.if !== undefined });
    return compileRule(rule, index, cells, types);
  });
  const ordered = hit === 'priority' ? rules.toSorted((a, b) => b.priority - a.priority) : rules;
  const reads = rules.flatMap(({ test, gives }) => [...(test?.reads ?? []), ...(gives?.reads ?? [])]);
  const otherwise = table.otherwise ?? (result === 'boolean' ? false : hit === 'collect' ? [] : null);
  const warnings = tableWarnings(
    shapes,
    hit,
    table.rules.map(({ priority = 0 }) => priority),
    'otherwise' in table,
  );
  return {
    reads: [...new Set(reads)],
    warnings,
    evaluate: (variables) => decide(ordered, hit, otherwise, variables),
  };
}

function readCells(
  { columns }: RuleTable,
  { when = {} }: Rule,
  index: number,
  types: ConditionTypes,
): ReadonlyMap<string, ReadCell> {
  const cells = new Map<string, ReadCell>();
  for (const [name, cell] of Object.entries(when)) {
    const path = `/rules/${index}/when/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const column = columns === undefined ? name : Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (column === undefined) {
      throw invalidCondition(
        evaluator,
        path,
        `there is no column "${name}"`,
        `There are: ${Object.keys(columns ?? {}).join(', ')}.`,
      );
    }
    // The column alone first, so that a mistake in it is found there.
    const place =
      columns === undefined ? path : `/columns/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    compileCelCondition(column, { ...types, result: 'any' }, { evaluator, path: place });
    const read = readCell(cell);
    const before = `(${column})`;
    compileCelCondition(
      before + read.suffix,
      { ...types, result: 'boolean' },
      { evaluator, path, before: before.length + read.added },
    );
    cells.set(column, read);
  }
  return cells;
}

function compileRule(
  rule: Rule,
  index: number,
  cells: ReadonlyMap<string, ReadCell>,
  types: ConditionTypes,
): CompiledRule {
  const path = `/rules/${index}`;
  const extra = rule.if === undefined ? [] : [rule.if];
  if (rule.if !== undefined) {
    compileCelCondition(rule.if, { ...types, result: 'boolean' }, { evaluator, path: `${path}/if` });
  }
  const parts = [...[...cells].map(([column, { suffix }]) => `(${column})${suffix}`), ...extra];
  const whole = parts.map((part) => `(${part})`).join(' && ');
  return {
    index,
    priority: rule.priority ?? 0,
    test:
      parts.length === 0
        ? undefined
        : compileCelCondition(whole, { ...types, result: 'boolean' }, { evaluator, path }),
    value: rule.value ?? true,
    gives:
      rule.gives === undefined
        ? undefined
        : compileCelCondition(rule.gives, types, { evaluator, path: `${path}/gives` }),
  };
}

function checkResults({ rules, otherwise }: RuleTable, hit: HitPolicy, result: 'boolean' | 'any'): void {
  for (const [index, { value, gives }] of rules.entries()) {
    if (value !== undefined && gives !== undefined) {
      throw invalidCondition(
        evaluator,
        `/rules/${index}`,
        'it has both "value" and "gives"',
        'Keep one of them.',
      );
    }
    if (result === 'boolean' && value !== undefined && typeof value !== 'boolean') {
      throw invalidCondition(
        evaluator,
        `/rules/${index}/value`,
        'a condition gives true or false',
        'Write true or false, or leave it out.',
      );
    }
  }
  if (result === 'any') return;
  if (hit === 'collect') {
    throw invalidCondition(
      evaluator,
      '/hit',
      'a condition gives true or false, not a list',
      'Take "first" or "priority".',
    );
  }
  if (otherwise !== undefined && typeof otherwise !== 'boolean') {
    throw invalidCondition(
      evaluator,
      '/otherwise',
      'a condition gives true or false',
      'Write true or false, or leave it out.',
    );
  }
}

function decide(
  rules: readonly CompiledRule[],
  hit: HitPolicy,
  otherwise: Json,
  variables: JsonObject,
): ConditionDecision {
  let saw: ConditionFacts = {};
  const held: CompiledRule[] = [];
  for (const rule of rules) {
    const decision = rule.test?.evaluate(variables);
    if (decision) saw = { ...saw, ...decision.saw };
    if (decision !== undefined && decision.value !== true) continue;
    held.push(rule);
    if (hit === 'first' || hit === 'priority') break;
  }
  const [one, two] = held;
  if (one === undefined) return { value: otherwise, saw, reason: 'No rule holds.' };
  if (hit === 'unique' && two !== undefined) {
    throw conditionErrors.AF_CONDITION_FAILED({
      source: 'table of rules',
      reason: `rules ${one.index + 1} and ${two.index + 1} both hold`,
      mend: 'Make the rules exclude each other, or take another hit policy.',
    });
  }
  const values = held.map((rule) => {
    const made = rule.gives?.evaluate(variables);
    if (made) saw = { ...saw, ...made.saw };
    return made ? made.value : rule.value;
  });
  const numbers = held.map(({ index }) => index + 1).join(', ');
  const value: Json = hit === 'collect' ? values : (values[0] ?? null);
  return { value, saw, reason: held.length === 1 ? `Rule ${numbers} holds.` : `Rules ${numbers} hold.` };
}
