import type { PluginContext } from '@agent-factory/sdk';
import type { ForkOverrides, TenantDefinitions } from '@agent-factory/sdk/contracts';
import type { RunEvent, RunSubject } from '@agent-factory/sdk/domain';
import type { Definitions } from '../definition/definitions.ts';
import { line } from '../definition/fixed-definitions.ts';
import { errors } from '../errors.ts';
import type { Executors, KnownDefinitions } from '../run/run-executor.ts';

/** What agents are changed with. */
export interface ForkedSubjectParts {
  readonly definitions: Definitions;
  readonly definitionsOf: (tenant: string) => TenantDefinitions;
  readonly executors: Executors;
  readonly validator: PluginContext['validator'];
}

/**
 * The agent that answers at a place, with what is different, kept for the run; `undefined` when nothing is. `handoff` is
 * the event that named it, where one did. AF_FORK_INVALID when there is none, or it would not work.
 */
export async function forkedSubject(
  tenant: string,
  before: readonly RunEvent[],
  { model, instructions, tools }: ForkOverrides,
  { definitions, definitionsOf, executors, validator }: ForkedSubjectParts,
): Promise<{ readonly subject: RunSubject; readonly handoff: number | undefined } | undefined> {
  if (model === undefined && instructions === undefined && tools === undefined) return undefined;
  const [created] = before;
  const handoff = before.findLastIndex(({ type }) => type === 'handoff');
  const event = before[handoff];
  const started = created?.type === 'run.created' ? created.data.subject : undefined;
  const subject = event?.type === 'handoff' ? event.data.to : started;
  const run = created?.runId ?? '';
  const executor = executors.get('agent');
  if (subject?.kind !== 'agent' || !executor) {
    const reason = `a ${subject?.kind ?? 'run'} has no model, instructions and tools of its own`;
    throw errors.AF_FORK_INVALID({ run, reason, mend: 'Fork the run of the agent that its step started.' });
  }
  const { definition } = await definitions.pinned(tenant, subject);
  const changed = {
    ...definition,
    name: subject.name,
    ...(model !== undefined && { model }),
    ...(instructions !== undefined && { instructions }),
    ...(tools !== undefined && { tools }),
  };
  const names = new Map<string, ReadonlyMap<string, object>>();
  for (const kind of ['agent', 'workflow', 'router'] as const) {
    const list = await definitionsOf(tenant).list(kind);
    names.set(kind, new Map(list.map((one) => [one.name, one.definition])));
  }
  const known: KnownDefinitions = (kind) => names.get(kind) ?? new Map();
  const unfit = validator(executor.schema)(changed);
  const problems = unfit.length > 0 ? unfit : await executor.check(changed, tenant, known);
  if (problems.length > 0) {
    const reason = problems.map((problem) => line(subject.name, problem)).join('; ');
    throw errors.AF_FORK_INVALID({ run, reason, mend: 'Mend what is named; nothing was started.' });
  }
  return {
    subject: await definitions.adopt(tenant, 'agent', changed),
    handoff: handoff < 0 ? undefined : handoff,
  };
}
