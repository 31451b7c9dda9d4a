/**
 * What is known of a value before it is there:
 * - `any`: nothing; what is done with it is checked when it is there;
 * - `never`: the items of `[]` and `{}`; fits everywhere.
 *
 * `int` and `double` are told apart by what is written and declared, not by values: every number is a JSON number.
 */
export type CelType =
  | { readonly kind: 'any' | 'never' | 'null' | 'bool' | 'int' | 'double' | 'string' }
  | { readonly kind: 'list'; readonly of: CelType }
  /** Keys are texts. `fields`: those known; `of`: the others, nothing if there are none. */
  | {
      readonly kind: 'map';
      readonly fields?: Readonly<Record<string, CelType>>;
      readonly of?: CelType;
    };

export const any: CelType = { kind: 'any' };
export const never: CelType = { kind: 'never' };
export const nullType: CelType = { kind: 'null' };
export const bool: CelType = { kind: 'bool' };
export const int: CelType = { kind: 'int' };
export const double: CelType = { kind: 'double' };
export const text: CelType = { kind: 'string' };
export const listOf = (of: CelType): CelType => ({ kind: 'list', of });
export const mapOf = (of: CelType): CelType => ({ kind: 'map', of });

/** The type as people read it. */
export function nameOf(type: CelType): string {
  switch (type.kind) {
    case 'any':
    case 'never':
      return 'any value';
    case 'null':
      return 'null';
    case 'bool':
      return 'true or false';
    case 'int':
      return 'a whole number';
    case 'double':
      return 'a number';
    case 'string':
      return 'a text';
    case 'list':
      return isOpen(type.of) ? 'a list' : `a list of ${nameOf(type.of).replace(/^an? /, '')}s`;
    case 'map':
      return 'a map';
  }
}

/** Whether nothing is known. */
export function isOpen({ kind }: CelType): boolean {
  return kind === 'any' || kind === 'never';
}

/** Whether it is, or may be, a number. */
export function mayBeNumber({ kind }: CelType): boolean {
  return kind === 'int' || kind === 'double' || kind === 'any' || kind === 'never';
}

/** Whether a value of one type may be equal to one of the other: comparing others is a mistake. Null compares with all. */
export function comparable(a: CelType, b: CelType): boolean {
  if (isOpen(a) || isOpen(b)) return true;
  if (a.kind === 'null' || b.kind === 'null') return true;
  if (mayBeNumber(a) && mayBeNumber(b)) return true;
  if (a.kind === 'list' && b.kind === 'list') return comparable(a.of, b.of);
  return a.kind === b.kind;
}

/** The type of what may be either; nothing is known of things that differ. */
export function join(a: CelType, b: CelType): CelType {
  if (a.kind === 'never') return b;
  if (b.kind === 'never') return a;
  if (a.kind === 'list' && b.kind === 'list') return listOf(join(a.of, b.of));
  if (a.kind === 'map' && b.kind === 'map') return joinMaps(a, b);
  return a.kind === b.kind ? a : any;
}

type MapType = Extract<CelType, { readonly kind: 'map' }>;

function joinMaps(a: MapType, b: MapType): CelType {
  if (a === b) return a;
  if (a.fields || b.fields) return mapOf(any);
  return mapOf(join(a.of ?? never, b.of ?? never));
}
