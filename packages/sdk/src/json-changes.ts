import type { Json } from './json.ts';

/** One difference between two values. */
export interface JsonChange {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  /** Left out where nothing was there. */
  readonly before?: Json;
  readonly after?: Json;
}

/**
 * The differences between two values, by place. Lists are compared place by place.
 *
 * @example
 * ```ts
 * jsonChanges({ a: 1, b: [1] }, { b: [1, 2] }); // [{ path: '/a', before: 1 }, { path: '/b/1', after: 2 }]
 * ```
 */
export function jsonChanges(before: Json | undefined, after: Json | undefined): readonly JsonChange[] {
  return changesAt('', before, after);
}

function changesAt(path: string, before: Json | undefined, after: Json | undefined): readonly JsonChange[] {
  if (before === after) return [];
  if (!isParent(before) || !isParent(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
    return changesAt(`${path}/${step}`, own(before, key), own(after, key));
  });
}

function own(value: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isParent(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}
