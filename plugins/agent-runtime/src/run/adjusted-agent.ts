import type { PluginContext } from '@agent-factory/sdk';
import type { RunRequest, TenantDefinitions } from '@agent-factory/sdk/contracts';
import { line } from '../definition/fixed-definitions.ts';
import { errors } from '../errors.ts';
import type { Executors, KnownDefinitions, LoadedSubject } from './run-executor.ts';

/** What a changed agent is checked with. */
export interface AdjustedAgentParts {
  readonly definitionsOf: (tenant: string) => TenantDefinitions;
  readonly executors: Executors;
  readonly validator: PluginContext['validator'];
}

/**
 * What is wrong with an agent that is changed for some runs alone, one problem a line: it would be refused as a
 * definition too. None: it fits.
 */
export async function adjustmentProblems(
  tenant: string,
  changed: { readonly name: string },
  { definitionsOf, executors, validator }: AdjustedAgentParts,
): Promise<readonly string[]> {
  const executor = executors.get('agent');
  if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind: 'agent' });
  const names = new Map<string, ReadonlyMap<string, object>>();
  for (const kind of ['agent', 'workflow', 'router'] as const) {
    const list = await definitionsOf(tenant).list(kind);
    names.set(kind, new Map(list.map((one) => [one.name, one.definition])));
  }
  const known: KnownDefinitions = (kind) => names.get(kind) ?? new Map();
  const unfit = validator(executor.schema)(changed);
  const problems = unfit.length > 0 ? unfit : await executor.check(changed, tenant, known);
  return problems.map((problem) => line(changed.name, problem));
}

/** The agent with the tools and the schema that a request brings, if it brings any; AF_RUN_INPUT_INVALID. */
export async function withRequested(
  tenant: string,
  { subject, definition }: LoadedSubject,
  { callerTools, output }: Pick<RunRequest, 'callerTools' | 'output'>,
  parts: AdjustedAgentParts,
): Promise<{ readonly name: string } | undefined> {
  if (callerTools === undefined && output === undefined) return undefined;
  if (subject.kind !== 'agent') {
    const reason = `a ${subject.kind} takes neither tools of the caller nor a schema of the answer`;
    throw errors.AF_RUN_INPUT_INVALID({ reason });
  }
  const changed = {
    ...definition,
    name: subject.name,
    ...(callerTools && { callerTools }),
    ...(output && { output }),
  };
  const problems = await adjustmentProblems(tenant, changed, parts);
  if (problems.length > 0) throw errors.AF_RUN_INPUT_INVALID({ reason: problems.join('; ') });
  return changed;
}
