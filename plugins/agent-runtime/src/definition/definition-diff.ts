import type { Json } from '@agent-factory/sdk';
import type { DefinitionChange } from '@agent-factory/sdk/contracts';

/** The differences between two values, by place. Lists are compared place by place. */
export function diffOf(
  before: Json | undefined,
  after: Json | undefined,
  path = '',
): readonly DefinitionChange[] {
  if (before === after) return [];
  if (!isParent(before) || !isParent(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
    return diffOf(before[key], after[key], `${path}/${step}`);
  });
}

function isParent(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}
