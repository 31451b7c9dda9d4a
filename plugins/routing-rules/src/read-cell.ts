import type { Json } from '@agent-factory/sdk';
import type { Cell } from './rule-table.ts';

/** A cell, read. */
export interface ReadCell {
  /** What follows the column's expression, as CEL. */
  readonly suffix: string;
  /** Characters of `suffix` that are not in the cell's own text, at its start. */
  readonly added: number;
  /** Whether it holds for a value; nothing where that cannot be told from the cell alone. */
  readonly holds?: (value: Json) => boolean;
  /** Values at which the outcome may change. */
  readonly edges: readonly Json[];
}

const operators = {
  '<=': (value: number, than: number) => value <= than,
  '>=': (value: number, than: number) => value >= than,
  '==': (value: Json, than: Json) => value === than,
  '!=': (value: Json, than: Json) => value !== than,
  '<': (value: number, than: number) => value < than,
  '>': (value: number, than: number) => value > than,
} as const;

/** Reads a cell; whether its expression is right is found when it is compiled. */
export function readCell(cell: Cell): ReadCell {
  if (Array.isArray(cell)) {
    const items: readonly Json[] = cell;
    return fixed(` in ${literal(items)}`, items, (value) => items.includes(value));
  }
  if (typeof cell === 'string') {
    const operator = /^\s*(<=|>=|==|!=|<|>)\s*/.exec(cell);
    if (operator)
      return compared(cell, operator[1] as keyof typeof operators, cell.slice(operator[0].length));
    if (/^\s*(\.[A-Za-z]+\(|in\s*\[)/.test(cell)) return { suffix: ` ${cell}`, added: 1, edges: [] };
  }
  return fixed(` == ${literal(cell)}`, [cell], (value) => value === cell);
}

function fixed(suffix: string, edges: readonly Json[], holds: (value: Json) => boolean): ReadCell {
  const isScalar = edges.every((each) => typeof each !== 'object' || each === null);
  return { suffix, added: suffix.length, edges: isScalar ? edges : [], ...(isScalar && { holds }) };
}

function compared(cell: string, operator: keyof typeof operators, operand: string): ReadCell {
  const than = scalar(operand);
  const plain = { suffix: ` ${cell}`, added: 1, edges: [] };
  if (than === undefined) return plain;
  if (operator === '==' || operator === '!=') {
    return { ...plain, edges: [than], holds: (value) => operators[operator](value, than) };
  }
  if (typeof than !== 'number') return plain;
  const test = operators[operator];
  return { ...plain, edges: [than], holds: (value) => typeof value === 'number' && test(value, than) };
}

/** A number, a boolean, null or a text in plain double quotes; nothing for anything that needs an evaluation. */
function scalar(text: string): number | string | boolean | null | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
    return value === null ? null : undefined;
  } catch {
    return undefined;
  }
}

/** A value of JSON as CEL: the same text, but for texts, whose escapes differ. */
function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((each: Json) => literal(each)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${literal(key)}: ${literal(each)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value).replaceAll('\\/', '/') : JSON.stringify(value);
}
