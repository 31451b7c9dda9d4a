import type { CelType } from './cel-type.ts';

/** Operators between two values. */
export type BinarySign = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%';

/** Macros: they look at each item of a list, or each key of a map. */
export type MacroName = 'all' | 'exists' | 'exists_one' | 'map' | 'filter' | 'transformMap';

/** A part of an expression. `at` is where it begins, or where its operator stands. */
export type Node = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string; readonly type: CelType }
  | { readonly kind: 'name'; readonly name: string }
  /** `target.field`; `has`: whether it is there, in place of its value. */
  | { readonly kind: 'select'; readonly target: Node; readonly field: string; readonly has: boolean }
  | { readonly kind: 'index'; readonly target: Node; readonly index: Node }
  | { readonly kind: 'call'; readonly name: string; readonly receiver?: Node; readonly args: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: Node, value: Node])[] }
  /** Two parts or more. */
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Node[] }
  | { readonly kind: 'conditional'; readonly test: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: 'not'; readonly operand: Node }
  | { readonly kind: 'negate'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly sign: BinarySign; readonly left: Node; readonly right: Node }
  | {
      readonly kind: 'macro';
      readonly macro: MacroName;
      readonly target: Node;
      /** One name for each item (or key), or two: index and item, key and value. */
      readonly names: readonly string[];
      /** Which items count; of `map` and `transformMap` only where it is written. */
      readonly test?: Node;
      /** What `map` and `transformMap` make of an item. */
      readonly body?: Node;
    }
);

/** A part of one kind. */
export type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>;
