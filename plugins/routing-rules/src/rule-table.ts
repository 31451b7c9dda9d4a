import type { Json, JsonSchema } from '@agent-factory/sdk';

/** Name of the evaluator. */
export const evaluator = 'rules';

/**
 * What must hold of one column: a text that begins with an operator (`> 100`, `!= "a"`, `in ["a", "b"]`) or a dot
 * and a function (`.startsWith("a")`) goes on after the column's expression; a list is any of its items; anything else is equal.
 */
export type Cell = Json;

/** One rule: a row of a table. */
export interface Rule {
  /** What must hold, by column; all of it. Default: nothing. */
  readonly when?: Readonly<Record<string, Cell>>;
  /** One condition more, as an expression over all variables. */
  readonly if?: string;
  /** What comes out. Default true. */
  readonly value?: Json;
  /** What comes out, as an expression; in place of `value`. */
  readonly gives?: string;
  /** Higher counts first, with the hit policy `priority`. Default 0. */
  readonly priority?: number;
  /** For people. */
  readonly note?: string;
}

/**
 * Which rules count when several hold: the `first` as written, the one of highest `priority` (of equal ones the first),
 * the only one (`unique`: two are a failure), or all of them (`collect`: a list of what comes out).
 */
export type HitPolicy = 'first' | 'priority' | 'unique' | 'collect';

/** A decision table. */
export interface RuleTable {
  /** Names of the columns, each with its expression. Without it, the names in `when` are the expressions. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Default `first`. */
  readonly hit?: HitPolicy;
  readonly rules: readonly Rule[];
  /** What comes out when no rule holds. Default false of a condition, null of a value. */
  readonly otherwise?: Json;
}

const expression: JsonSchema = { type: 'string', minLength: 1, maxLength: 1024 };
const rule: JsonSchema = {
  type: 'object',
  properties: {
    when: { type: 'object', minProperties: 1, maxProperties: 30 },
    if: expression,
    value: {},
    gives: expression,
    priority: { type: 'integer' },
    note: { type: 'string' },
  },
  additionalProperties: false,
};

/** JSON Schema of a condition: a {@link RuleTable}. One {@link Rule} alone is written as a table's only rule is. */
export const ruleTableSchema: JsonSchema = {
  type: 'object',
  properties: {
    columns: { type: 'object', additionalProperties: expression, minProperties: 1, maxProperties: 30 },
    hit: { enum: ['first', 'priority', 'unique', 'collect'] },
    rules: { type: 'array', items: rule, minItems: 1, maxItems: 500 },
    otherwise: {},
  },
  required: ['rules'],
  additionalProperties: false,
};
