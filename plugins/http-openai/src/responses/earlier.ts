import { isAgentFactoryError } from '@agent-factory/sdk';
import type { TenantRuntime } from '@agent-factory/sdk/contracts';
import { answerOf, type Message, type Run } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

/** The id of a response: of its run, and the place in it where it began. */
export function responseIdOf({ id, lastSeq }: Run): string {
  return `resp_${id}_${lastSeq}`;
}

/** The conversation up to and with a response of the same caller; AF_OPENAI_RESPONSE_UNKNOWN. */
export async function earlierMessages(
  runs: TenantRuntime,
  response: string,
  by: string,
): Promise<readonly Message[]> {
  const unknown = errors.AF_OPENAI_RESPONSE_UNKNOWN({ response: response.slice(0, 100) });
  const [, runId] = /^resp_(run_[0-9a-z]+)_\d+$/.exec(response) ?? [];
  if (runId === undefined) throw unknown;
  let run: Run;
  try {
    run = await runs.get(runId);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_RUN_NOT_FOUND')) throw error;
    throw unknown;
  }
  if (run.metadata?.['askedBy'] !== by || run.status !== 'succeeded' || run.subject.kind === 'workflow')
    throw unknown;
  const asked = run.input as readonly Message[]; // of an agent or a router, as a run's input is
  return [...asked, { role: 'assistant', content: answerOf(run) }];
}
