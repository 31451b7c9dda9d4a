import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import type { ChildCall } from '../run/run-effects.ts';

/** A run that another one started, as the record of that one tells its end. */
export function finishedChild(
  { data, at }: RunEvent & { readonly type: 'child.finished' },
  { subject, input }: Pick<ChildCall, 'subject' | 'input'>,
): Run {
  const { runId, status, output, error, citations = [], usage, cost } = data;
  return {
    id: runId,
    subject,
    status,
    input,
    ...(output !== undefined && { output }),
    ...(error && { error }),
    citations,
    usage,
    ...(cost && { cost }),
    turns: 0,
    toolCalls: 0,
    createdAt: at,
    lastSeq: 1,
  };
}
