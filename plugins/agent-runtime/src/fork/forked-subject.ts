import type { ForkOverrides } from '@agent-factory/sdk/contracts';
import type { RunEvent, RunSubject } from '@agent-factory/sdk/domain';
import type { Definitions } from '../definition/definitions.ts';
import { errors } from '../errors.ts';
import { problemsOf, type MadeSubjectParts } from '../run/made-subject.ts';

/** What agents are changed with. */
export interface ForkedSubjectParts extends MadeSubjectParts {
  readonly definitions: Definitions;
}

/**
 * The agent that answers at a place, with what is different, kept for the run; `undefined` when nothing is. `handoff` is
 * the event that named it, where one did. AF_FORK_INVALID when there is none, or it would not work.
 */
export async function forkedSubject(
  tenant: string,
  before: readonly RunEvent[],
  { model, instructions, tools }: ForkOverrides,
  parts: ForkedSubjectParts,
): Promise<{ readonly subject: RunSubject; readonly handoff: number | undefined } | undefined> {
  if (model === undefined && instructions === undefined && tools === undefined) return undefined;
  const { definitions } = parts;
  const [created] = before;
  const handoff = before.findLastIndex(({ type }) => type === 'handoff');
  const event = before[handoff];
  const started = created?.type === 'run.created' ? created.data.subject : undefined;
  const subject = event?.type === 'handoff' ? event.data.to : started;
  const run = created?.runId ?? '';
  if (subject?.kind !== 'agent') {
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
  const problems = await problemsOf(tenant, 'agent', changed, parts);
  if (problems.length > 0) {
    const mend = 'Mend what is named; nothing was started.';
    throw errors.AF_FORK_INVALID({ run, reason: problems.join('; '), mend });
  }
  return {
    subject: await definitions.adopt(tenant, 'agent', changed),
    handoff: handoff < 0 ? undefined : handoff,
  };
}
