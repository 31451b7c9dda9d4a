import type { RunWait } from '@agent-factory/sdk/domain';
import { endsAt } from './step-time.ts';
import type { WorkflowScope } from './workflow-executor.ts';
import type { StepState } from './workflow-state.ts';

/** Everything that a run waits for when nothing can be done. */
export function waitsOf(
  { state, progress }: WorkflowScope,
  parked: ReadonlyMap<StepState, RunWait>,
): readonly RunWait[] {
  const waits: RunWait[] = [...parked.values()];
  for (const step of state.waiting) {
    const { node, path, startedAt, retryAt } = step;
    if (retryAt !== undefined) {
      waits.push({ kind: 'timer', until: retryAt, path, detail: `"${path}" is tried again.` });
    } else if ('forMs' in node) {
      const until = startedAt + node.forMs;
      waits.push({ kind: 'timer', until, path, detail: `"${path}" waits for ${node.forMs} ms.` });
    } else if ('forEvent' in node) {
      const until = endsAt(step);
      const detail = `"${path}" waits for the event "${node.forEvent}".`;
      waits.push({ kind: 'event', name: node.forEvent, path, detail, ...(until !== undefined && { until }) });
    } else {
      const { prompt: detail = '', permission } = progress.approvals.get(path)?.asked ?? {};
      waits.push({
        kind: 'approval',
        approvalId: path,
        path,
        detail,
        ...(permission !== undefined && { permission }),
      });
    }
  }
  for (const step of state.timed) {
    const until = endsAt(step);
    const { path } = step;
    if (until !== undefined)
      waits.push({ kind: 'timer', until, path, detail: `The time of "${path}" is over.` });
  }
  return waits;
}
