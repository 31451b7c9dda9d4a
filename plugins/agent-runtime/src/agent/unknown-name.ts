import type { PluginContext, ValidationProblem } from '@agent-factory/sdk';

/** The problem of a name that stands for nothing, with those that do. */
export function unknownName(
  path: string,
  kind: string,
  name: string,
  known: readonly string[],
  validator: PluginContext['validator'],
): ValidationProblem {
  const there = known.length === 0 ? 'there is none' : `there are: ${known.join(', ')}`;
  const fix = known.length === 0 ? undefined : validator({ enum: known })(name)[0]?.fix;
  const lack = kind === 'agent' || kind === 'knowledge base' ? 'there is no' : 'no active plugin offers the';
  return { path, message: `${lack} ${kind} "${name}" (${there})`, ...(fix !== undefined && { fix }) };
}
